//! When each claim was first made: `claims.json`.
//!
//! A claim is worth something because it was written before its result. This file keeps
//! the first time that each claim was seen, and whether there were results by then. It is
//! only ever added to: a claim that is dropped later stays in it as withdrawn.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::file::files::{Stored, entries, read_json, write_json};
use crate::planning::config::canonical;
use crate::{Claim, StoreError, SweepFolder};

/// Every claim that was ever made of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimBook {
    /// Version of this format.
    pub format: u32,
    /// In the order in which they were first seen.
    pub seen: Vec<SeenClaim>,
}

/// A claim and when it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenClaim {
    /// [`Claim::hash`] of it.
    pub hash: String,
    /// Seconds since the Unix epoch; 0 where that was lost.
    pub first_seen: f64,
    /// The claim; its `post_hoc` says whether the experiment had results by then.
    pub claim: Claim,
}

impl Claim {
    /// BLAKE3 of all that the claim says, in hexadecimal; not of when it was made.
    pub fn hash(&self) -> String {
        let claim = Self { post_hoc: false, ..self.clone() };
        // A claim is plain data; were it not, an empty hash would match no other.
        let value = serde_json::to_value(&claim).unwrap_or_default();
        blake3::hash(canonical(&value).as_bytes()).to_hex().to_string()
    }
}

impl Default for ClaimBook {
    fn default() -> Self {
        Self { format: Self::FORMAT, seen: Vec::new() }
    }
}

impl Stored for ClaimBook {
    const FORMAT: u32 = Self::FORMAT;
    const SEALED: u32 = 2;

    fn format(&self) -> u32 {
        self.format
    }
}

impl ClaimBook {
    /// Version written by this program.
    pub const FORMAT: u32 = 2;

    /// Claims that a plan tells of; when they were made is not known any more.
    fn of(claims: Vec<Claim>) -> Self {
        let seen = |claim: Claim| SeenClaim { hash: claim.hash(), first_seen: 0.0, claim };
        Self { format: Self::FORMAT, seen: claims.into_iter().map(seen).collect() }
    }

    /// Marks those of `claims` that were made after results existed, and remembers those
    /// that are new. `now` is in seconds since the Unix epoch.
    pub fn note(&mut self, claims: &mut [Claim], results_exist: bool, now: f64) {
        for claim in claims {
            let hash = claim.hash();
            if let Some(seen) = self.seen.iter().find(|seen| seen.hash == hash) {
                claim.post_hoc = seen.claim.post_hoc;
            } else {
                claim.post_hoc = results_exist;
                self.seen.push(SeenClaim { hash, first_seen: now, claim: claim.clone() });
            }
        }
    }

    /// Claims that were made once and are not among `claims`.
    pub fn withdrawn<'a>(&'a self, claims: &[Claim]) -> impl Iterator<Item = &'a SeenClaim> {
        let hashes: Vec<_> = claims.iter().map(Claim::hash).collect();
        self.seen.iter().filter(move |seen| !hashes.contains(&seen.hash))
    }
}

impl SweepFolder {
    /// The claims that were made so far. Where the book is lost or damaged they are those of
    /// the plan that is here, which says of each whether it was made before the results.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Format`].
    pub fn claim_book(&self) -> Result<ClaimBook, StoreError> {
        match read_json(&self.claims_path()) {
            Ok(Some(book)) => Ok(ClaimBook { format: ClaimBook::FORMAT, ..book }),
            Ok(None) | Err(StoreError::Damaged { .. }) => {
                let claims = self.plan().map_or_else(|_| Vec::new(), |plan| plan.claims);
                Ok(ClaimBook::of(claims))
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) fn claims_path(&self) -> PathBuf {
        self.path().join("claims.json")
    }

    /// Writes the claims that were made so far.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write_claim_book(&self, book: &ClaimBook) -> Result<(), StoreError> {
        write_json(&self.claims_path(), book)
    }

    /// Whether any run of the experiment is finished, planned or not.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn has_results(&self) -> Result<bool, StoreError> {
        for condition in entries(&self.path().join("runs"))? {
            for run in entries(&condition)? {
                if run.join("result.json").exists() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{Against, Expectation, Parts};

    fn claim(left: &str, margin: f64) -> Claim {
        Claim {
            text: format!("{left} is worse"),
            left: left.into(),
            right: Against::Arm("lstm".into()),
            expect: Expectation::Greater { margin },
            tasks: vec![],
            metric: None,
            parts: Parts::default(),
            published: None,
            post_hoc: false,
        }
    }

    #[test]
    fn a_claim_changed_after_results_is_post_hoc_and_the_old_one_is_kept() {
        let mut book = ClaimBook::default();
        let mut first = [claim("gru", 0.1), claim("rnn", 0.0)];
        book.note(&mut first, false, 100.0);
        assert!(first.iter().all(|claim| !claim.post_hoc));
        let mut second = [claim("gru", 0.1), claim("rnn", 0.2)];
        book.note(&mut second, true, 200.0);
        assert_eq!(second.each_ref().map(|claim| claim.post_hoc), [false, true]);
        let withdrawn: Vec<_> = book.withdrawn(&second).collect();
        assert_eq!(withdrawn.len(), 1);
        assert_eq!((withdrawn[0].claim.left.as_str(), withdrawn[0].first_seen), ("rnn", 100.0));
        // Seen again, with the results gone: what was post hoc stays so.
        let mut third = [claim("rnn", 0.2), claim("rnn", 0.0)];
        book.note(&mut third, false, 300.0);
        assert_eq!(third.each_ref().map(|claim| claim.post_hoc), [true, false]);
        assert_eq!(book.seen.len(), 3);
    }

    #[test]
    fn the_hash_changes_with_every_word_and_not_with_the_time() {
        let hash = claim("gru", 0.1).hash();
        assert_eq!(Claim { post_hoc: true, ..claim("gru", 0.1) }.hash(), hash);
        let others = [
            claim("gru", 0.2),
            claim("rnn", 0.1),
            Claim { expect: Expectation::Less { margin: 0.1 }, ..claim("gru", 0.1) },
            Claim { tasks: vec!["adding".into()], ..claim("gru", 0.1) },
            Claim { metric: Some("loss".into()), ..claim("gru", 0.1) },
            Claim { right: Against::Number(0.1), ..claim("gru", 0.1) },
            Claim { parts: Parts::One("length_64".into()), ..claim("gru", 0.1) },
        ];
        for other in others {
            assert_ne!(other.hash(), hash, "{other:?}");
        }
    }

    #[test]
    fn the_book_is_read_back_and_results_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = SweepFolder::new(folder.path());
        assert_eq!(sweep.claim_book().unwrap(), ClaimBook::default());
        let mut book = ClaimBook::default();
        book.note(&mut [claim("gru", 0.1)], false, 1.5);
        sweep.write_claim_book(&book).unwrap();
        assert_eq!(sweep.claim_book().unwrap(), book);
        assert!(!sweep.has_results().unwrap());
        fs::create_dir_all(folder.path().join("runs/a-1/seed-0")).unwrap();
        fs::write(folder.path().join("runs/stray"), "").unwrap();
        assert!(!sweep.has_results().unwrap());
        fs::write(folder.path().join("runs/a-1/seed-0/result.json"), "{}").unwrap();
        assert!(sweep.has_results().unwrap());
    }
}
