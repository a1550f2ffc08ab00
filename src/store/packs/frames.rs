//! The file format of a pack: frames one after another, each with one unit and a checksum over all of it.
//!
//! ```text
//! file:   "keten pack of units\n", frames
//! frame:  8 bytes mark, 8 bytes length of the body, 32 bytes blake3 of length and body, body
//! body:   4 bytes length of the description, description as JSON, the files of the tables in the order of their names
//! ```
//! Numbers are little-endian. A frame that was not written to its end has no next frame after it, so a reader takes the
//! frames before it. Behind a damaged frame a reader looks for the mark of the next one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use crate::tables::is_plain_name;

/// First bytes of a pack, for people who look into one; readers do not need them.
pub(super) const TITLE: &[u8] = b"keten pack of units\n";
/// First bytes of a frame. The last digit is the version of the layout.
const MARK: [u8; 8] = *b"\0KTNun1\n";
/// Bytes before the body.
const HEAD: u64 = 48;
/// Longest description, in bytes; a longer one is a damaged length.
const LONGEST: u64 = 1 << 24;
/// Bytes that are read at once in search of a mark.
const CHUNK: usize = 1 << 20;

/// Place of a frame in a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PackFrame {
    /// Offset of its first byte.
    pub(super) at: u64,
    /// Its length in bytes.
    pub(super) length: u64,
}

/// What a frame says about its unit.
#[derive(Debug, Serialize, Deserialize)]
struct Description<T> {
    /// The record of the unit, as in `unit.json`.
    unit: T,
    /// Bytes of the files of its tables, in the order of their names.
    bytes: Vec<u64>,
}

/// What a reader of frames needs of a record.
#[derive(Debug, Deserialize)]
struct Outline {
    id: String,
    tables: BTreeMap<String, IgnoredAny>,
}

/// A unit read from a frame.
#[derive(Debug)]
pub(super) struct OpenedFrame<T> {
    /// Its id.
    pub(super) id: String,
    /// Its record.
    pub(super) record: T,
    /// Bytes of the pack that are the files of its tables.
    pub(super) parts: BTreeMap<String, Range<u64>>,
}

/// The bytes of a frame. The record has the keys `id` and `tables`, with the tables by name; `files` are those of the
/// tables, in the order of their names.
pub(super) fn frame(record: &impl Serialize, files: &[Vec<u8>]) -> Vec<u8> {
    let bytes = files.iter().map(|file| file.len() as u64).collect();
    let described = serde_json::to_vec(&Description { unit: record, bytes });
    let described = described.expect("a record of maps with text keys can be written");
    let mut body = u32::try_from(described.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
    body.extend_from_slice(&described);
    files.iter().for_each(|file| body.extend_from_slice(file));
    let length = (body.len() as u64).to_le_bytes();
    let mut frame = MARK.to_vec();
    frame.extend_from_slice(&length);
    frame.extend_from_slice(checksum(&length, &body).as_bytes());
    frame.append(&mut body);
    frame
}

fn checksum(length: &[u8], body: &[u8]) -> blake3::Hash {
    blake3::Hasher::new().update(length).update(body).finalize()
}

/// The ids of the units in a pack from an offset on, with their frames, and the offset from which a later scan can go on.
/// Contents are not checked: a unit is checked when it is opened.
pub(super) fn scan(path: &Path, from: u64) -> io::Result<(Vec<(String, PackFrame)>, u64)> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let (mut found, mut at) = (Vec::new(), from);
    while at + HEAD <= size {
        if let Some((length, id)) = head(&mut file, at, size)? {
            found.extend(id.map(|id| (id, PackFrame { at, length })));
            at += length;
            continue;
        }
        // Damage, or a frame that is being written: the latter has no mark behind it.
        match next_mark(&mut file, at + 1, size)? {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok((found, at))
}

/// Length of the frame at an offset, with the id of its unit if the description can be read; `None` if no whole frame
/// begins there.
fn head(file: &mut File, at: u64, size: u64) -> io::Result<Option<(u64, Option<String>)>> {
    let mut bytes = [0; HEAD as usize + 4];
    if at + bytes.len() as u64 > size {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    let body = u64::from_le_bytes(array(&bytes[8..16]));
    let length = HEAD.saturating_add(body);
    if bytes[..8] != MARK || length > size - at {
        return Ok(None);
    }
    let described = u64::from(u32::from_le_bytes(array(&bytes[HEAD as usize..])));
    if described > LONGEST || described + 4 > body {
        return Ok(None);
    }
    let mut text = vec![0; described as usize];
    file.read_exact(&mut text)?;
    let id = serde_json::from_slice::<Description<Outline>>(&text).ok().map(|it| it.unit.id);
    Ok(Some((length, id)))
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    array
}

/// Offset of the next mark at or behind an offset.
fn next_mark(file: &mut File, from: u64, size: u64) -> io::Result<Option<u64>> {
    let mut at = from;
    let mut bytes = vec![0; CHUNK];
    while at + HEAD <= size {
        file.seek(SeekFrom::Start(at))?;
        let wanted = usize::try_from(size - at).unwrap_or(CHUNK).min(CHUNK);
        file.read_exact(&mut bytes[..wanted])?;
        if let Some(offset) = bytes[..wanted].windows(MARK.len()).position(|window| window == MARK) {
            return Ok(Some(at + offset as u64));
        }
        // A mark may lie across the end of a chunk.
        at += (wanted + 1).saturating_sub(MARK.len()).max(1) as u64;
    }
    Ok(None)
}

/// The bytes of a frame if its checksum agrees.
pub(super) fn read(path: &Path, frame: PackFrame) -> io::Result<Option<Vec<u8>>> {
    let bytes = read_range(path, frame.at..frame.at + frame.length)?;
    let whole = bytes.len() as u64 > HEAD
        && bytes[..8] == MARK
        && checksum(&bytes[8..16], &bytes[HEAD as usize..]).as_bytes()[..] == bytes[16..HEAD as usize];
    Ok(whole.then_some(bytes))
}

/// Some bytes of a file.
pub(super) fn read_range(path: &Path, range: Range<u64>) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = range.end.saturating_sub(range.start);
    if file.metadata()?.len() < range.end {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    file.seek(SeekFrom::Start(range.start))?;
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The unit in a frame; `None` if the frame is damaged.
pub(super) fn open<T: DeserializeOwned>(path: &Path, frame: PackFrame) -> io::Result<Option<OpenedFrame<T>>> {
    let Some(bytes) = read(path, frame)? else { return Ok(None) };
    let Some(length) = bytes.get(HEAD as usize..HEAD as usize + 4) else { return Ok(None) };
    let start = HEAD as usize + 4;
    let end = start.saturating_add(u32::from_le_bytes(array(length)) as usize);
    let text = bytes.get(start..end).unwrap_or_default();
    let outline = serde_json::from_slice::<Description<Outline>>(text);
    let record = serde_json::from_slice::<Description<T>>(text);
    let (Ok(outline), Ok(record)) = (outline, record) else { return Ok(None) };
    let (mut parts, mut at) = (BTreeMap::new(), frame.at + end as u64);
    for (name, length) in outline.unit.tables.keys().zip(&outline.bytes) {
        parts.insert(name.clone(), at..at.saturating_add(*length));
        at = at.saturating_add(*length);
    }
    let sound = outline.bytes.len() == outline.unit.tables.len()
        && at == frame.at + frame.length
        && parts.keys().all(|name| is_plain_name(name));
    Ok(sound.then_some(OpenedFrame { id: outline.unit.id, record: record.unit, parts }))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::*;

    fn record(id: &str) -> Value {
        json!({ "id": id, "tables": { "fit": {}, "yearly": {} } })
    }

    /// A pack of three units in a folder that lasts as long as the first value.
    fn pack() -> (tempfile::TempDir, std::path::PathBuf, Vec<PackFrame>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.pack");
        let mut bytes = TITLE.to_vec();
        let mut frames = Vec::new();
        for id in ["one", "two", "three"] {
            let frame = frame(&record(id), &[id.as_bytes().to_vec(), vec![7; 1000]]);
            frames.push(PackFrame { at: bytes.len() as u64, length: frame.len() as u64 });
            bytes.extend(frame);
        }
        fs::write(&path, bytes).expect("written");
        (folder, path, frames)
    }

    fn ids(path: &Path) -> Vec<String> {
        let (found, _) = scan(path, 0).expect("a file that can be read");
        found.into_iter().map(|(id, _)| id).collect()
    }

    fn whole(path: &Path, frame: PackFrame) -> bool {
        open::<Value>(path, frame).expect("a file that can be read").is_some()
    }

    #[test]
    fn units_come_out_as_they_were_put_in() {
        let (_folder, path, frames) = pack();
        let (found, until) = scan(&path, 0).expect("scanned");
        assert_eq!(found.iter().map(|(_, frame)| *frame).collect::<Vec<_>>(), frames);
        assert_eq!(until, fs::metadata(&path).expect("a file").len());
        let opened = open::<Value>(&path, frames[1]).expect("read").expect("whole");
        assert_eq!((opened.id.as_str(), &opened.record), ("two", &record("two")));
        assert_eq!(read_range(&path, opened.parts["fit"].clone()).expect("read"), b"two");
        assert_eq!(read_range(&path, opened.parts["yearly"].clone()).expect("read"), vec![7; 1000]);
        let (again, _) = scan(&path, frames[2].at).expect("scanned from the third on");
        assert_eq!(again.len(), 1);
    }

    #[test]
    fn a_frame_that_was_not_written_to_its_end_hides_none_before_it() {
        let (_folder, path, frames) = pack();
        let bytes = fs::read(&path).expect("read");
        for cut in [1, 40, 500, frames[2].length as usize - 1] {
            fs::write(&path, &bytes[..bytes.len() - cut]).expect("written");
            assert_eq!(ids(&path), ["one", "two"], "{cut} bytes are missing");
            let (_, until) = scan(&path, 0).expect("scanned");
            // When the rest arrives, a scan from there finds it.
            fs::write(&path, &bytes).expect("written");
            assert_eq!(scan(&path, until).expect("scanned").0.len(), 1);
        }
    }

    #[test]
    fn every_changed_byte_of_a_frame_is_found_and_the_other_units_stay() {
        let (_folder, path, frames) = pack();
        let bytes = fs::read(&path).expect("read");
        let second = frames[1].at as usize..(frames[1].at + frames[1].length) as usize;
        for at in second.step_by(13) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x20;
            fs::write(&path, &changed).expect("written");
            let found = scan(&path, 0).expect("scanned").0;
            let sound: Vec<&str> =
                found.iter().filter(|(_, frame)| whole(&path, *frame)).map(|(id, _)| id.as_str()).collect();
            assert_eq!(sound, ["one", "three"], "byte {at}");
        }
    }
}
