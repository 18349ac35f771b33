//! Text that changes while it is shown.

use leptos::{html::Span, prelude::*};

/// The attribute that says what was written into the element last. It stays where the element is used again for another text.
const WRITTEN: &str = "data-written";

/// Text that follows signals. Its element is written anew at each change, so that it is right also where a translator has put elements of its
/// own in place of the text that the program knows.
#[component]
pub fn LiveText(
    /// The text now.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let element = NodeRef::<Span>::new();
    let initial = text.get_untracked();
    let rendered = initial.clone();
    Effect::new(move |_| {
        // Both are followed: the text may change before the element is there.
        let (text, element) = (text.get(), element.get());
        let Some(element) = element else {
            return;
        };
        if text != element.get_attribute(WRITTEN).unwrap_or_else(|| rendered.clone()) {
            element.set_text_content(Some(&text));
            // It cannot fail: the name is one of an attribute.
            let _ = element.set_attribute(WRITTEN, &text);
        }
    });
    view! { <span node_ref=element>{initial}</span> }
}
