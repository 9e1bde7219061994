//! `gallery`: writes into a document what reports say, between its marks.
//!
//! A line `<!-- statement of FOLDER -->` begins what the report in that folder says of its
//! statement, `<!-- publications of FOLDER, FOLDER -->` a table of what was published and measured;
//! `<!-- end of reports -->` ends both. A folder is named from the one that the program is started in.

use std::path::Path;

use report::Told;

use crate::arguments::GalleryArguments;
use crate::command::marked;
use crate::exit::{Exit, Failure};
use crate::output::say;

const STATEMENT: &str = "<!-- statement of ";
const PUBLICATIONS: &str = "<!-- publications of ";
const END: &str = "<!-- end of reports -->";

/// Writes the documents, or with `--check` says which differ from what the reports say.
///
/// # Errors
/// [`Failure::Usage`] if a document or a report cannot be read, or a mark has no end.
pub fn run(arguments: &GalleryArguments) -> Result<Exit, Failure> {
    let mut differ = false;
    for document in &arguments.documents {
        let shown = document.display();
        let old = marked::read(document)?;
        let new = marked::rewritten(&old, &|line| filled(line, document))
            .map_err(|problem| Failure::usage(format!("{shown}: {problem}")))?;
        if new == old {
            continue;
        }
        differ = true;
        if arguments.check {
            say::print(format_args!("{shown} does not say what its reports say"));
        } else {
            store::write_atomically(document, new.as_bytes()).map_err(Failure::usage)?;
            say::print(format_args!("{shown} is changed"));
        }
    }
    Ok(if arguments.check && differ { Exit::NotSupported } else { Exit::Done })
}

fn filled(line: &str, document: &Path) -> Result<Option<(String, &'static str)>, String> {
    let named = |begin: &str| line.strip_prefix(begin)?.strip_suffix(" -->");
    let told = |folder: &str| Told::read(Path::new(folder)).map_err(|error| error.to_string());
    if let Some(folder) = named(STATEMENT) {
        let text = report::statement(&told(folder)?, Path::new(folder), &link(document, folder));
        return Ok(Some((text.map_err(|error| error.to_string())?, END)));
    }
    let Some(folders) = named(PUBLICATIONS) else { return Ok(None) };
    let all = folders.split(", ").map(|folder| Ok((told(folder)?, link(document, folder))));
    Ok(Some((report::publications(&all.collect::<Result<Vec<_>, String>>()?), END)))
}

/// The way from the document to a folder that is named from here.
fn link(document: &Path, folder: &str) -> String {
    let up = document.components().count().saturating_sub(1);
    "../".repeat(up) + folder
}
