//! `.conllu`: sentences with a tag for each word, the universal part of speech unless `target` is
//! `xpos`.

use data::{DataError, conllu};

use crate::dataset::job::Job;
use crate::dataset::manifest::{Asks, MANIFEST};
use crate::dataset::record::{Answer, Content, Place, Record};

pub(super) fn read(job: &mut Job) {
    let finer = match job.manifest.columns.target.all() {
        [] => Some(false),
        [target] if target == "upos" => Some(false),
        [target] if target == "xpos" => Some(true),
        _ => None,
    };
    let Some(finer) = finer.filter(|_| job.asks == Asks::Tags) else {
        let problem = format!(
            "{MANIFEST}: CoNLL-U is of kind \"tagging\", and its `target` is \"upos\" or \"xpos\""
        );
        return job.faults.add(DataError::file(job.path, problem));
    };
    let Some(sentences) = job.faults.unless(conllu::read(job.path)) else { return };
    for (index, sentence) in sentences.into_iter().enumerate() {
        let tag = |word: &conllu::Word| if finer { word.xpos.clone() } else { word.upos.clone() };
        let answer = Answer::Tags(sentence.iter().map(|word| Some(tag(word))).collect());
        let words = sentence.into_iter().map(|word| (word.form, word.space_after)).collect();
        let place = Place { file: job.file, line: index + 1 };
        let content = Content::Words(words);
        job.records.push(Record { place, content, answer, part: job.part, group: None });
    }
}
