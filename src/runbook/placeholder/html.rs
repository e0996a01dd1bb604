//! Names of HTML elements: `<b>` is a tag and no placeholder; pure.

/// Elements of the HTML standard that stand in Markdown or in strings; those that people also use as placeholders
/// (`title`, `source`, `data`, `time`, `object`, `map`, `address`, `label`) are left out of it on purpose.
const ELEMENTS: [&str; 84] = [
    "a",
    "abbr",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "body",
    "br",
    "button",
    "canvas",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "div",
    "dl",
    "dt",
    "em",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "ins",
    "kbd",
    "legend",
    "li",
    "main",
    "mark",
    "meta",
    "nav",
    "ol",
    "optgroup",
    "option",
    "p",
    "picture",
    "pre",
    "q",
    "s",
    "samp",
    "script",
    "section",
    "select",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "summary",
    "sup",
    "svg",
    "table",
    "tbody",
    "td",
    "textarea",
    "tfoot",
    "th",
    "thead",
];
/// The rest, apart because the table is long.
const MORE: [&str; 8] = ["tr", "tt", "u", "ul", "var", "video", "wbr", "g-emoji"];

/// Returns whether `name` is an HTML element.
pub fn is_element(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ELEMENTS.binary_search(&name.as_str()).is_ok() || MORE.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_in_order() {
        assert!(super::ELEMENTS.is_sorted());
        assert!(super::is_element("BR") && super::is_element("ul") && !super::is_element("version"));
    }
}
