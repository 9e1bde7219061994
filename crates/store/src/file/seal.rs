//! Checksums inside the files that they are of.
//!
//! What is read back and believed ends with the BLAKE3 of all that stands before it: a last key of
//! a JSON object, a last key of a line, a last comment of a TOML file. The file stays what it was
//! for every other reader, one rename still commits it, and a single changed byte is seen,
//! whether a disk or a hand changed it.

use std::borrow::Cow;

/// How a checksum stands in a kind of file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seal {
    /// What stands before it.
    lead: &'static str,
    /// What stands after it, to the end.
    tail: &'static str,
    /// What the text ends with without the checksum, in place of all of that.
    end: &'static str,
    /// Hexadecimal digits of it.
    digits: usize,
}

/// A pretty-printed JSON object.
pub(crate) const JSON: Seal =
    Seal { lead: ",\n  \"checksum\": \"", tail: "\"\n}\n", end: "\n}", digits: 64 };
/// A JSON object on one line, without the line's end.
pub(crate) const LINE: Seal = Seal { lead: ",\"checksum\":\"", tail: "\"}", end: "}", digits: 16 };
/// A TOML file.
pub(crate) const TOML: Seal = Seal { lead: "# checksum: ", tail: "\n", end: "", digits: 64 };

/// What a checksum says of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sealed<'a> {
    /// It is as it was written; without its checksum it is this.
    Whole(Cow<'a, [u8]>),
    /// It is not as it was written.
    Broken,
    /// It has none.
    Without,
}

impl Seal {
    /// `text` with its checksum; `None` if it does not end as this kind of text does.
    pub(crate) fn put(self, text: &str) -> Option<String> {
        let text = text.strip_suffix(self.end)?;
        Some(format!("{text}{}{}{}", self.lead, self.digest(text.as_bytes()), self.tail))
    }

    /// Looks whether `bytes` are what was written.
    pub(crate) fn check(self, bytes: &[u8]) -> Sealed<'_> {
        let whole = || {
            let sealed = bytes.strip_suffix(self.tail.as_bytes())?;
            let (rest, digest) = sealed.split_at_checked(sealed.len().checked_sub(self.digits)?)?;
            let text = rest.strip_suffix(self.lead.as_bytes())?;
            (self.digest(text).as_bytes() == digest).then_some(text)
        };
        match whole() {
            Some(text) if self.end.is_empty() => Sealed::Whole(text.into()),
            Some(text) => Sealed::Whole([text, self.end.as_bytes()].concat().into()),
            None if find(bytes, self.lead.as_bytes()) => Sealed::Broken,
            None => Sealed::Without,
        }
    }

    fn digest(self, text: &[u8]) -> String {
        blake3::hash(text).to_hex()[..self.digits].to_owned()
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXTS: [(Seal, &str); 3] = [
        (JSON, "{\n  \"format\": 2,\n  \"seed\": 31\n}"),
        (LINE, "{\"time\":2.5,\"step\":12}"),
        (TOML, "format = 1\n[task]\nkind = \"adding\"\n"),
    ];

    #[test]
    fn what_was_sealed_is_read_back_and_is_still_of_its_kind() {
        for (seal, text) in TEXTS {
            let sealed = seal.put(text).unwrap();
            assert_eq!(seal.check(sealed.as_bytes()), Sealed::Whole(text.as_bytes().into()));
            assert_eq!(seal.check(text.as_bytes()), Sealed::Without);
        }
        let json = JSON.put(TEXTS[0].1).unwrap();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&value["seed"], value["checksum"].as_str().unwrap().len()), (&31.into(), 64));
        let value: serde_json::Value =
            serde_json::from_str(&LINE.put(TEXTS[1].1).unwrap()).unwrap();
        assert_eq!(value["step"], 12);
        assert!(toml::from_str::<toml::Table>(&TOML.put(TEXTS[2].1).unwrap()).is_ok());
        assert_eq!(JSON.put("[1]"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_changed_bit_and_no_cut_passes_as_whole(
            which in 0..TEXTS.len(),
            at in any::<proptest::sample::Index>(),
            bit in 0..8u8,
        ) {
            let (seal, text) = TEXTS[which];
            let sealed = seal.put(text).unwrap().into_bytes();
            let at = at.index(sealed.len());
            let mut flipped = sealed.clone();
            flipped[at] ^= 1 << bit;
            prop_assert!(!matches!(seal.check(&flipped), Sealed::Whole(_)));
            prop_assert!(!matches!(seal.check(&sealed[..at]), Sealed::Whole(_)));
        }
    }
}
