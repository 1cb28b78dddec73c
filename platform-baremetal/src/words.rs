//! A command line as words, as a boot loader passes one to a kernel.
//!
//! In: bytes. Out: words, and back. Words are separated by spaces; within double quotes a space is itself; a backslash
//! makes the next byte itself, in quotes and outside. It does not know what the words mean.

use alloc::vec::Vec;

use ringzero::platform::{ErrorKind, Result};

/// The words of a line.
///
/// ```
/// use ringzero_platform_baremetal::words;
///
/// let line = br#"--env "GREETING=good day" app.wasm "" a\"b"#;
/// assert_eq!(words::split(line)?, [&b"--env"[..], b"GREETING=good day", b"app.wasm", b"", b"a\"b"]);
/// # Ok::<(), ringzero::platform::ErrorKind>(())
/// ```
///
/// # Errors
/// [`ErrorKind::InvalidInput`] for a quote that does not end or a backslash at the end, [`ErrorKind::OutOfMemory`].
pub fn split(line: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quoted = false;
    let mut bytes = line.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte == b' ' && !quoted {
            if let Some(word) = word.take() {
                push(&mut words, word)?;
            }
            continue;
        }
        let word = word.get_or_insert_default();
        match byte {
            b'"' => quoted = !quoted,
            b'\\' => push(word, bytes.next().ok_or(ErrorKind::InvalidInput)?)?,
            _ => push(word, byte)?,
        }
    }
    if quoted {
        return Err(ErrorKind::InvalidInput);
    }
    if let Some(word) = word {
        push(&mut words, word)?;
    }
    Ok(words)
}

/// The line that [`split`] takes apart into these words.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] for a zero byte, which would end the line, [`ErrorKind::OutOfMemory`].
pub fn join<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    for word in words {
        if !line.is_empty() {
            push(&mut line, b' ')?;
        }
        push(&mut line, b'"')?;
        for &byte in word.as_ref() {
            match byte {
                0 => return Err(ErrorKind::InvalidInput),
                b'"' | b'\\' => push(&mut line, b'\\')?,
                _ => {}
            }
            push(&mut line, byte)?;
        }
        push(&mut line, b'"')?;
    }
    Ok(line)
}

fn push<T>(to: &mut Vec<T>, value: T) -> Result<()> {
    to.try_reserve(1).map_err(|_| ErrorKind::OutOfMemory)?;
    to.push(value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_is_taken_apart_again() {
        let words: [&[u8]; 6] =
            [b"plain", b"", b"two words", b"quo\"te", b"back\\slash \\", &[1, 9, 10, 255]];
        assert_eq!(split(&join(words).unwrap()).unwrap(), words);
        assert_eq!(split(&join::<&[u8]>([]).unwrap()).unwrap(), [[]; 0]);
    }

    #[test]
    fn spaces_separate_and_never_make_words() {
        assert_eq!(split(b"  a   b ").unwrap(), [b"a", b"b"]);
        assert_eq!(split(b"a\" \"b").unwrap(), [b"a b"]);
    }

    #[test]
    fn a_line_that_does_not_end_is_refused() {
        for wrong in [&b"\"a"[..], b"a\\", b"\"a\\\""] {
            assert_eq!(split(wrong), Err(ErrorKind::InvalidInput));
        }
        assert_eq!(join([b"a\0b"]), Err(ErrorKind::InvalidInput));
    }
}
