//! A word of a command as a shell takes it.

/// A word of a command as a shell takes it: as it is where that is plain, else within single quotes.
pub fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./,:+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_gives_back_every_word() {
        for word in ["", "a", "a b", "it's", "$(x) `y` \"z\" \\", "-n", "α\u{202E}", "a\nb", "*"] {
            let script = format!("printf '%s' {}", shell(word));
            let output = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(output.stdout, word.as_bytes(), "{script}");
        }
    }
}
