//! `.ts`: series with a class or a value each, as the UCR and UEA archives write them.

use data::{DataError, ts};

use crate::dataset::job::Job;
use crate::dataset::manifest::Asks;
use crate::dataset::record::{Answer, Content, Place, Record};

pub(super) fn read(job: &mut Job) {
    let Some(data) = job.faults.unless(ts::read(job.path)) else { return };
    let channels = data.channels;
    for case in data.cases {
        let label = case.label.map(|label| Answer::Class(data.classes[label].clone()));
        let answer = match job.asks {
            Asks::Class => label.ok_or("the case has no label"),
            Asks::Values => {
                case.target.map(|value| Answer::Values(vec![value])).ok_or("the case has no target")
            }
            Asks::Tags => {
                Err("a .ts file asks once a series, so its kind is classification or regression")
            }
        };
        let place = Place { file: job.file, line: case.line };
        let content = Content::Numbers { values: case.values, channels };
        match answer {
            Ok(answer) => {
                job.records.push(Record { place, content, answer, part: job.part, group: None });
            }
            Err(problem) => {
                job.faults.add(DataError::line(job.path, case.line, problem));
                // It holds for all of them.
                return;
            }
        }
    }
}
