//! Text that changes while it is shown.

use leptos::{html::Span, prelude::*};

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
    let shown = StoredValue::new(initial.clone());
    Effect::new(move |_| {
        // Both are followed: the text may change before the element is there.
        let (text, element) = (text.get(), element.get());
        if let Some(element) = element
            && text != shown.get_value()
        {
            element.set_text_content(Some(&text));
            shown.set_value(text);
        }
    });
    view! { <span node_ref=element>{initial}</span> }
}
