//! Which source files import which, and the circles among them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The source files by module path (`analysis::lives`), with their code: without comments, text in quotes, and tests.
fn modules(source: &Path) -> BTreeMap<Vec<String>, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![source.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a source file can be read");
                found.insert(module_of(source, &path), code(&text));
            }
        }
    }
    // A file that its parent declares for tests only is not part of the program.
    let tests: Vec<Vec<String>> = found.keys().filter(|module| is_test(source, module)).cloned().collect();
    found.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
    found
}

fn module_of(source: &Path, file: &Path) -> Vec<String> {
    let inside = file.strip_prefix(source).expect("a file of the source folder").with_extension("");
    let mut parts: Vec<String> = inside.iter().map(|part| part.display().to_string()).collect();
    if parts.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib")) {
        parts.pop();
    }
    parts
}

/// Whether the parent of a module declares it under `#[cfg(test)]`.
fn is_test(source: &Path, module: &[String]) -> bool {
    let Some((name, parent)) = module.split_last() else { return false };
    let folder: PathBuf = parent.iter().fold(source.to_path_buf(), |folder, part| folder.join(part));
    let places = [folder.join("mod.rs"), folder.join("lib.rs"), folder.with_extension("rs")];
    let text: String = places.iter().filter_map(|place| fs::read_to_string(place).ok()).collect();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let declares = |line: &str| line.ends_with(&format!("mod {name};"));
    lines.windows(2).any(|pair| pair[0] == "#[cfg(test)]" && declares(pair[1]))
}

/// Code up to the tests at its end, without comments and text in quotes.
fn code(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_tests = |pair: &[&str]| pair[0].trim() == "#[cfg(test)]" && pair[1].trim_end().ends_with("mod tests {");
    let end = lines.windows(2).position(is_tests).unwrap_or(lines.len());
    let mut code = String::new();
    for line in &lines[..end] {
        // Neither is a use: `mod name;` declares a file, and `pub(in path)` restricts visibility.
        let line =
            line.split_once("pub(in ").and_then(|(_, rest)| rest.split_once(')')).map_or(*line, |(_, rest)| rest);
        if line.trim_end().ends_with(';') && line.split_whitespace().rev().nth(1) == Some("mod") {
            continue;
        }
        let mut quoted = false;
        let mut last = ' ';
        for (at, c) in line.char_indices() {
            if !quoted && line[at..].starts_with("//") {
                break;
            }
            if c == '"' && last != '\\' && last != '\'' {
                quoted = !quoted;
            } else if !quoted {
                code.push(c);
            }
            last = if last == '\\' { ' ' } else { c };
        }
        code.push('\n');
    }
    code
}

/// A name of a module, and the path that it stands for.
type Names = BTreeMap<String, Vec<String>>;

/// The paths of a `use` declaration, each with the name that it gives, expanded from its braces: `a::{b, c as d}` is
/// `a::b` as `b` and `a::c` as `d`.
fn opened(tree: &str) -> Vec<(Vec<String>, String)> {
    let tree = tree.trim();
    if let Some((front, rest)) = tree.split_once('{') {
        let front: Vec<String> = segments(front);
        let inside = &rest[..rest.rfind('}').unwrap_or(rest.len())];
        let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
        for (at, c) in inside.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push(&inside[start..at]);
                    start = at + 1;
                }
                _ => {}
            }
        }
        parts.push(&inside[start..]);
        let join = |(path, name): (Vec<String>, String)| {
            if path.as_slice() == ["self"] {
                (front.clone(), front.last().cloned().unwrap_or_default())
            } else {
                (front.iter().cloned().chain(path).collect(), name)
            }
        };
        return parts.into_iter().filter(|part| !part.trim().is_empty()).flat_map(opened).map(join).collect();
    }
    let (path, alias) = tree.split_once(" as ").map_or((tree, None), |(path, alias)| (path, Some(alias)));
    let path = segments(path);
    let name = alias.map_or_else(|| path.last().cloned().unwrap_or_default(), |alias| alias.trim().to_owned());
    vec![(path, name)]
}

fn segments(path: &str) -> Vec<String> {
    path.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// A file of the crate: the names that it imports, the names that it re-exports, and its code without these lines.
struct File {
    names: Names,
    body: String,
}

fn read(module: &[String], code: &str, all: &BTreeMap<Vec<String>, String>) -> File {
    let (mut names, mut body) = (Names::new(), String::new());
    let mut rest = code;
    while let Some(at) = next_use(rest) {
        body.push_str(&rest[..at]);
        let end = rest[at..].find(';').map_or(rest.len(), |end| at + end);
        let tree = rest[at..end].split_once("use ").map_or("", |(_, tree)| tree);
        for (path, name) in opened(&tree.replace('\n', " ")) {
            if let Some(path) = absolute(module, &path, &names, all) {
                names.insert(name, path);
            }
        }
        rest = &rest[end..];
    }
    body.push_str(rest);
    File { names, body }
}

/// Where the next `use` declaration begins, with its visibility.
fn next_use(code: &str) -> Option<usize> {
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        let text = line.trim_start();
        let text = text.strip_prefix("pub(super) ").or_else(|| text.strip_prefix("pub(crate) ")).unwrap_or(text);
        if text.strip_prefix("pub ").unwrap_or(text).starts_with("use ") {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// A path from the root of the crate; `None` for one of another crate.
fn absolute(
    module: &[String],
    path: &[String],
    names: &Names,
    all: &BTreeMap<Vec<String>, String>,
) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    let mut base = match first.as_str() {
        "crate" => Vec::new(),
        "self" => module.to_vec(),
        "super" => module.split_last()?.1.to_vec(),
        name => {
            let child: Vec<String> = module.iter().cloned().chain([name.to_owned()]).collect();
            if all.contains_key(&child) { child } else { names.get(name)?.clone() }
        }
    };
    for part in rest {
        if part == "super" {
            base.pop();
        } else {
            base.push(part.clone());
        }
    }
    Some(base)
}

/// The file that defines the item of an absolute path; re-exported names are followed.
fn defined(path: &[String], files: &BTreeMap<Vec<String>, File>, depth: usize) -> Option<Vec<String>> {
    let length = (0..=path.len()).rev().find(|length| files.contains_key(&path[..*length]))?;
    let module = path[..length].to_vec();
    let Some(item) = path.get(length).filter(|_| depth < 20) else { return Some(module) };
    match files[&module].names.get(item) {
        Some(elsewhere) => {
            let elsewhere: Vec<String> = elsewhere.iter().chain(&path[length + 1..]).cloned().collect();
            defined(&elsewhere, files, depth + 1)
        }
        None => Some(module),
    }
}

/// Paths with `::` in code, up to the first part that is no name.
fn paths(code: &str) -> Vec<Vec<String>> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut end = 0;
    for (at, _) in code.match_indices("::") {
        if at < end {
            continue;
        }
        let start = code[..at].rfind(|c| !is_word(c)).map_or(0, |before| before + 1);
        let length = code[at..].find(|c| !is_word(c) && c != ':').unwrap_or(code.len() - at);
        end = at + length;
        if start < at && !code[..start].ends_with('$') {
            found.push(segments(&code[start..end]));
        }
    }
    found
}

/// Words of a piece of code.
fn words(code: &str) -> BTreeSet<&str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect()
}

/// For each file, the other files whose items it uses. A list of names that a module re-exports (`pub use`) is not a
/// use.
pub(crate) fn imports(source: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let all = modules(source);
    let files: BTreeMap<Vec<String>, File> =
        all.iter().map(|(module, code)| (module.clone(), read(module, code, &all))).collect();
    let mut found = BTreeMap::new();
    for (module, file) in &files {
        let used = words(&file.body);
        let named = file.names.iter().filter(|(name, _)| used.contains(name.as_str())).map(|(_, path)| path.clone());
        let inline = paths(&file.body).into_iter().filter_map(|path| absolute(module, &path, &file.names, &all));
        let met: BTreeSet<String> = named
            .chain(inline)
            .filter_map(|path| defined(&path, &files, 0))
            .filter(|other| other != module)
            .map(|other| other.join("::"))
            .collect();
        found.insert(module.join("::"), met);
    }
    found
}

/// Circles: groups of files each of which reaches all others of its group.
pub(crate) fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    let reach = |from: &String| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(file) = next.pop() {
            for other in imports.get(&file).into_iter().flatten() {
                if seen.insert(other.clone()) {
                    next.push(other.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> = imports.keys().map(|file| (file, reach(file))).collect();
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    for (file, seen) in &reached {
        let group: BTreeSet<String> = seen.iter().filter(|other| reached[other].contains(*file)).cloned().collect();
        if group.len() > 1 && !found.contains(&group) {
            found.push(group);
        }
    }
    found
}
