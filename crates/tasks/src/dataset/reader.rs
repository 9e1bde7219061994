//! Reads all files of a data set, each by its format.

use std::path::Path;

use data::DataError;

use crate::TaskError;
use crate::dataset::fault::Faults;
use crate::dataset::job::Job;
use crate::dataset::manifest::{Asks, MANIFEST, Manifest};
use crate::dataset::record::{Answer, Content, DataFile, Records};
use crate::dataset::{arrays, json_lines, sentences, series, table};

/// Reads one file; what is wrong with it is added to the faults.
type Reader = fn(&mut Job);

/// Ends of file names and what reads them.
const FORMATS: &[(&str, Reader)] = &[
    ("csv", table::read),
    ("tsv", table::read),
    ("jsonl", json_lines::read),
    ("ts", series::read),
    ("npz", arrays::read),
    ("npy", arrays::read),
    ("conllu", sentences::read),
];

/// Reads all files.
pub(super) fn read(folder: &Path, manifest: &Manifest, asks: Asks) -> Result<Records, Faults> {
    let mut faults = Faults::default();
    let (mut all, mut channels, mut files) = (Vec::new(), Vec::new(), Vec::new());
    for (index, DataFile { path, part, beside }) in manifest.files().into_iter().enumerate() {
        let path = folder.join(path);
        let end = path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
        let reader = FORMATS.iter().find(|(known, _)| Some(*known) == end.as_deref());
        let beside: Vec<_> =
            beside.into_iter().map(|(role, path)| (role, folder.join(path))).collect();
        let before = (all.len(), faults.count());
        match reader {
            None => {
                let known: Vec<_> = FORMATS.iter().map(|(end, _)| format!(".{end}")).collect();
                let problem = format!("its format is not known; there are {}", known.join(", "));
                faults.add(DataError::file(&path, problem));
            }
            Some((_, reader)) => reader(&mut Job {
                manifest,
                asks,
                path: &path,
                file: index,
                part,
                beside: &beside,
                records: &mut all,
                channels: &mut channels,
                faults: &mut faults,
            }),
        }
        if (all.len(), faults.count()) == before {
            faults.add(DataError::file(&path, "it holds no sequence"));
        }
        files.push(path);
    }
    let mut records = Records { files, all, channels, checksum: String::new() };
    alike(&records, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    records.checksum = checksum(folder, manifest).map_err(TaskError::Data)?;
    Ok(records)
}

/// All sequences must have steps, of the same kind and width.
fn alike(records: &Records, faults: &mut Faults) {
    let shape = |content: &Content| match content {
        Content::Numbers { channels, .. } => (*channels, "numbers a step"),
        Content::Text(_) | Content::Words(_) => (1, "text a step"),
    };
    let Some(first) = records.all.first() else { return };
    for record in &records.all {
        if record.content.steps() == 0 {
            faults.add(records.fault(&record.place, "the sequence has no step; leave it out"));
        }
        if let Answer::Tags(tags) = &record.answer
            && tags.iter().all(Option::is_none)
        {
            let problem = "nothing is asked of the sequence: none of its steps has a label";
            faults.add(records.fault(&record.place, problem));
        }
        let (own, other) = (shape(&record.content), shape(&first.content));
        if own != other {
            let problem = format!(
                "the sequence has {} {}, and that of {}:{} has {} {}",
                own.0,
                own.1,
                records.file(&first.place).display(),
                first.place.line,
                other.0,
                other.1
            );
            faults.add(records.fault(&record.place, problem));
        }
    }
}

/// BLAKE3 of the manifest and of all files, each with its length before it.
fn checksum(folder: &Path, manifest: &Manifest) -> Result<String, DataError> {
    let mut hasher = blake3::Hasher::new();
    let files = manifest.files().into_iter().flat_map(|DataFile { path, beside, .. }| {
        [path].into_iter().chain(beside.into_iter().map(|(_, path)| path))
    });
    for path in [MANIFEST.into()].into_iter().chain(files) {
        let path = folder.join(path);
        let failed = |source| DataError::Read { path: path.clone(), source };
        let mut file = std::fs::File::open(&path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        hasher.update(&length.to_le_bytes());
        hasher.update_reader(&mut file).map_err(failed)?;
    }
    Ok(hasher.finalize().to_hex().to_string())
}
