//! The page of every finding, from docs/errors: what is wrong, why it matters, a wrong and a right example.

macro_rules! pages {
    ($($id:literal),* $(,)?) => {
        &[$(($id, include_str!(concat!("../../docs/errors/", $id, ".md")))),*]
    };
}

/// Id and page of every finding.
pub const PAGES: &[(&str, &str)] = pages![
    "E0001", "E0100", "E0101", "E0102", "E0103", "E0104", "E0105", "E0106", "E0107", "E0108", "E0109", "E0111",
    "E0112", "E0113", "E0114", "E0115", "E0116", "E0117", "E0118", "E0119", "E0120", "E0121", "E0122", "E0123",
    "E0124", "E0125", "E0126", "E0127", "E0128", "E0129", "E0130", "E0131", "E0132", "E0133", "E0134", "E0135",
    "E0136", "E0137", "E0201", "E0202", "E0203", "E0204", "E0205", "E0206", "E0207", "E0208", "E0209", "E0210",
    "E0211", "E0212", "E0301", "E0302", "E0303", "E0304", "E0305", "E0306", "E0307", "E0308", "E0309", "E0310",
    "E0311", "E0312", "E0313", "E0314", "E0315", "E0316", "E0317", "E0318", "E0319", "E0320", "E0401", "E0901",
    "W0201", "W0202", "W0203", "W0204", "W0205", "W0206", "W0207", "W0208", "W0209", "W0210",
];

/// The page of an id, in Markdown.
#[must_use]
pub fn page_of(id: &str) -> Option<&'static str> {
    PAGES.iter().find(|(known, _)| *known == id).map(|(_, text)| *text)
}
