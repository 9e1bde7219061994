//! Divides what the files leave open: first the test part, then validation, the rest to train on.

use crate::dataset::manifest::{MANIFEST, Manifest};
use crate::dataset::record::{Answer, PartName, Record, Records};
use crate::{TaskError, permutation, stratified, stream};

/// The part of each record.
///
/// # Errors
/// [`TaskError::Unfit`] if a part would be empty, or a group lies in two parts.
pub(super) fn split(manifest: &Manifest, records: &Records) -> Result<Vec<PartName>, TaskError> {
    let mut parts: Vec<Option<PartName>> = records.all.iter().map(|it| it.part).collect();
    let shares =
        [(PartName::Test, manifest.split.test), (PartName::Validation, manifest.split.validation)];
    // What is still to be divided: all that no file and no column puts elsewhere.
    let is_open = |part: &Option<PartName>| matches!(part, None | Some(PartName::Training));
    for (name, share) in shares {
        if parts.contains(&Some(name)) {
            continue;
        }
        let open: Vec<usize> = (0..parts.len()).filter(|&at| is_open(&parts[at])).collect();
        let of: Vec<&Record> = open.iter().map(|&at| &records.all[at]).collect();
        let apart = set_apart(&of, share, manifest.split.seed, name);
        for (&at, apart) in open.iter().zip(apart) {
            if apart {
                parts[at] = Some(name);
            }
        }
    }
    let parts: Vec<_> = parts.into_iter().map(|it| it.unwrap_or(PartName::Training)).collect();
    let unfit = |reason: String| TaskError::Unfit {
        path: records
            .files
            .first()
            .map_or_else(|| MANIFEST.into(), |file| file.with_file_name(MANIFEST)),
        reason,
    };
    if let Some(empty) = PartName::ALL.iter().find(|part| !parts.contains(part)) {
        return Err(unfit(format!(
            "no sequence is left for the {} part; there are {} in all: give it a file, or a larger \
             share under [split]",
            empty.word(),
            parts.len()
        )));
    }
    let mut of_group = std::collections::BTreeMap::new();
    for (record, part) in records.all.iter().zip(&parts) {
        let Some(group) = &record.group else { continue };
        let first = of_group.entry(group).or_insert(*part);
        if first != part {
            return Err(unfit(format!(
                "group \"{group}\" lies in both the {} and the {} part",
                first.word(),
                part.word()
            )));
        }
    }
    Ok(parts)
}

/// Which of some records are set apart: the share of every class, of the groups where there are
/// such, else of all.
fn set_apart(of: &[&Record], share: f64, seed: u64, part: PartName) -> Vec<bool> {
    let purpose = format!("dataset {}", part.word());
    let number = |names: Vec<&str>| -> (Vec<u32>, usize) {
        let mut all = names.clone();
        all.sort_unstable();
        all.dedup();
        let place = |name: &str| all.binary_search(&name).unwrap_or(0) as u32;
        (names.into_iter().map(place).collect(), all.len())
    };
    // Which of `n` are taken.
    let take = |n: usize| -> Vec<bool> {
        let mut apart = vec![false; n];
        let wanted = (n as f64 * share).round() as usize;
        let order = permutation(&mut stream(seed, &purpose, 0, 0), n);
        order.into_iter().take(wanted).for_each(|at| apart[at] = true);
        apart
    };
    let groups: Option<Vec<&str>> = of.iter().map(|it| it.group.as_deref()).collect();
    if let Some(groups) = groups.filter(|groups| !groups.is_empty()) {
        let (own, count) = number(groups);
        let taken = take(count);
        return own.into_iter().map(|group| taken[group as usize]).collect();
    }
    let class = |record: &&Record| match &record.answer {
        Answer::Class(class) => Some(class.clone()),
        Answer::Values(_) | Answer::Tags(_) => None,
    };
    let classes: Option<Vec<String>> = of.iter().map(class).collect();
    match classes {
        Some(classes) if !classes.is_empty() => {
            let (own, count) = number(classes.iter().map(String::as_str).collect());
            stratified(&own, count, share, seed, &purpose)
        }
        _ => take(of.len()),
    }
}
