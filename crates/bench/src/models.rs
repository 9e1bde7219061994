//! The suite `models`: the training step of every architecture.

use architectures::ARCHITECTURES;
use serde_json::json;

use crate::contest::{Contestant, Times, contest};
use crate::options::Architecture;
use crate::peers::{Framework, Peer};
use crate::session::{Session, milliseconds, ratio};
use crate::table::{Column, Value};
use crate::verdicts::geometric_mean;
use crate::{BenchError, Shape, memory, ours};

const STEPS: [usize; 2] = [50, 200];

const COLUMNS: &[Column] = &[
    ("architecture", 16),
    ("steps", 0),
    ("threads", 0),
    ("ours ms", 8),
    ("PyTorch ms", 0),
    ("ratio", 6),
    ("ours MB", 7),
    ("PyTorch MB", 0),
];

/// Measures and prints the table.
pub(crate) fn run(session: &mut Session) -> Result<(), BenchError> {
    let title = "one training step (loss, gradients, clipping, Adam) of every architecture with \
                 its default options, batch 32, input 2, hidden 64, as on the task adding; \
                 medians; PyTorch's nearest equivalent where it has one; MB by which the memory of a \
                 process grows for the model and three steps, at the first number of threads";
    session.printer.table("models", title, COLUMNS)?;
    let all = || ARCHITECTURES.iter().map(|entry| Architecture(entry.name)).collect();
    let architectures: Vec<_> = session.options.architectures.clone().unwrap_or_else(all);
    session.progress.begin(architectures.len() * STEPS.len() * session.lanes.len());
    let mut ratios = Vec::new();
    for Architecture(name) in architectures {
        for steps in STEPS {
            let shape = Shape::new(32, steps, 2, 64);
            for index in 0..session.lanes.len() {
                let lane = &session.lanes[index];
                let threads = lane.threads;
                let what = format!("{name}, {steps} steps, threads {threads}");
                session.progress.next(&what)?;
                let ours: Contestant = match ours::step(name, shape) {
                    Ok((work, _)) => Contestant::Ready(Box::new(lane.local(work))),
                    Err(error) => Contestant::Broken(error.to_string()),
                };
                let request = json!({"job": "model", "name": name, "shape": shape.sizes()});
                let contestants = vec![ours, lane.peer(Framework::Torch, request, None)];
                let mut times = contest(contestants, session.options.repetitions).into_iter();
                lane.forget();
                let mut next = || times.next().unwrap_or(Times::Absent);
                let (ours, torch) = (next(), next());
                ratios.extend(ours.median().zip(torch.median()).map(|(ours, its)| ours / its));
                let peaks = if index == 0 { peaks(session, name, shape)? } else { [None; 2] };
                let [our_peak, its_peak] = peaks
                    .map(|peak| peak.map_or(Value::Missing, |bytes| Value::Tenths(bytes / 1e6)));
                let row = [
                    Value::Text(name.into()),
                    Value::Count(steps),
                    Value::Count(threads),
                    milliseconds(&ours),
                    milliseconds(&torch),
                    ratio(ours.median(), torch.median()),
                    our_peak,
                    its_peak,
                ];
                session.row(&what, &row, &[("ours", &ours), ("PyTorch", &torch)])?;
            }
        }
    }
    let note = geometric_mean(&ratios)
        .map(|mean| format!("geometric mean of ours over PyTorch: {mean:.2} ({})", ratios.len()));
    session.notes(note.into_iter().collect())
}

/// Of our model and of PyTorch's, in processes of their own; where the system does not tell, none.
fn peaks(session: &Session, name: &str, shape: Shape) -> Result<[Option<f64>; 2], BenchError> {
    if !cfg!(target_os = "linux") {
        return Ok([None; 2]);
    }
    let lane = &session.lanes[0];
    let ours = memory::of_model(name, shape, lane.threads)?;
    let peak = |python: &String| {
        Peer::peak(Framework::Torch, python, lane.threads, name, shape.sizes())
            .map_err(BenchError::Memory)
    };
    let has_torch = lane.has(Framework::Torch);
    let its = session.options.python.as_ref().filter(|_| has_torch).map(peak).transpose()?;
    Ok([Some(ours), its.flatten()])
}
