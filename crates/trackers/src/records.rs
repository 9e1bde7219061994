//! The records of TensorBoard's event files: scalars `training/METRIC` and `validation/METRIC` by
//! optimizer step.
//!
//! A file is records of a length, its checksum, a message and its checksum; the checksums are
//! CRC-32C, masked. The messages are `tensorflow.Event` in the wire format of Protocol Buffers, of
//! which these few fields are all that is needed: `wall_time` (1, double), `step` (2, int64),
//! `file_version` (3, string), `summary` (5) with `value` (1) of `tag` (1) and `simple_value` (2,
//! float), `session_log` (7) with `status` (1, of which 1 is a start).

use store::{Event, EventKind};

/// What every file begins with, `time` in seconds since the Unix epoch.
pub fn version(time: f64) -> Vec<u8> {
    let mut message = fixed64(1, time);
    message.extend(bytes(3, b"brain.Event:2"));
    record(&message)
}

/// An attempt that goes on from `step`: readers drop what an earlier one did beyond it.
pub fn restart(time: f64, step: u64) -> Vec<u8> {
    let mut message = fixed64(1, time);
    message.extend(varint(2, step + 1));
    message.extend(bytes(7, &varint(1, 1)));
    record(&message)
}

/// The scalars of an evaluation; none of any other event.
pub fn scalars(event: &Event) -> Vec<u8> {
    let EventKind::Evaluated { step, training, validation, .. } = &event.kind else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for (split, metrics) in [("training", training), ("validation", validation)] {
        for (metric, &value) in metrics {
            let mut scalar = bytes(1, format!("{split}/{metric}").as_bytes());
            scalar.extend(fixed32(2, value as f32));
            let mut message = fixed64(1, event.time);
            message.extend(varint(2, *step));
            message.extend(bytes(5, &bytes(1, &scalar)));
            out.extend(record(&message));
        }
    }
    out
}

fn record(message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), message, &masked(message)].concat()
}

fn masked(bytes: &[u8]) -> [u8; 4] {
    let crc = crc32c(bytes);
    crc.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// CRC-32C (Castagnoli), bit by bit: the files are small.
fn crc32c(bytes: &[u8]) -> u32 {
    let shift = |crc: u32| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg());
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| shift(crc));
    !bytes.iter().fold(!0, byte)
}

fn raw(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn varint(field: u64, value: u64) -> Vec<u8> {
    [raw(field << 3), raw(value)].concat()
}

fn fixed64(field: u64, value: f64) -> Vec<u8> {
    [raw(field << 3 | 1), value.to_le_bytes().to_vec()].concat()
}

fn fixed32(field: u64, value: f32) -> Vec<u8> {
    [raw(field << 3 | 5), value.to_le_bytes().to_vec()].concat()
}

fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    [raw(field << 3 | 2), raw(value.len() as u64), value.to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_castagnolis() {
        // RFC 3720, B.4.
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&(0..32).collect::<Vec<u8>>()), 0x46dd_794e);
    }

    #[test]
    fn records_by_hand() {
        let metrics = |value| store::Metrics::from([("loss".to_owned(), value)]);
        let kind = EventKind::Evaluated {
            epoch: 1,
            step: 300,
            training: metrics(0.5),
            validation: metrics(0.25),
            train_seconds: 1.0,
        };
        // A time of 2, then the version.
        let version = version(2.0);
        assert_eq!(version[..8], 24_u64.to_le_bytes());
        assert_eq!(version[12..21], [9, 0, 0, 0, 0, 0, 0, 0, 64]);
        assert_eq!(&version[21..36], b"\x1a\x0dbrain.Event:2");
        assert_eq!(version.len(), 24 + 16);
        // Step 300 in two bytes, then the scalar.
        let scalars = scalars(&Event { attempt: 1, time: 2.0, kind });
        let scalar = b"\x0a\x0dtraining/loss\x15\x00\x00\x00\x3f";
        assert_eq!(scalars[12..24], [9, 0, 0, 0, 0, 0, 0, 0, 64, 16, 0xac, 2]);
        assert_eq!(&scalars[24..28], [0x2a, 22, 0x0a, 20]);
        assert_eq!(&scalars[28..48], scalar);
        // A start at the step after 299.
        assert_eq!(restart(2.0, 299)[21..28], [16, 0xac, 2, 0x3a, 2, 8, 1]);
    }
}
