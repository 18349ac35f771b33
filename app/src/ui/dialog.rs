//! A dialog that is a route: the server renders it open, the browser makes it modal, and without script it is a page.

use leptos::{html, prelude::*};
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};

use super::dom::{focus_in_place, focused};

thread_local! {
    /// The element that had the focus before the dialog opened. Where one dialog replaces another, the browser no longer knows it.
    static OPENER: Cell<Option<HtmlElement>> = const { Cell::new(None) };
}

/// A dialog. Escape and its `×` run `on_close`; the owner decides whether it closes.
#[component]
pub fn Dialog(
    /// The heading.
    #[prop(into)]
    title: String,
    /// Beside the heading, in smaller type.
    #[prop(default = None, into)]
    subtitle: Option<String>,
    /// The address that the dialog closes to, for use without script.
    #[prop(into)]
    close_to: Signal<String>,
    /// Runs when the user wants to close the dialog. It stays open until its route is left.
    #[prop(into)]
    on_close: Callback<()>,
    /// Whether it is the placeholder of a dialog that is loading. It is shown only after a short delay.
    #[prop(default = false)]
    loading: bool,
    /// The content.
    children: Children,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = element.get() else { return };
        if dialog.is_connected() {
            make_modal(&dialog);
        } else {
            // A fallback is created before it is inserted into the page.
            request_animation_frame(move || {
                if dialog.is_connected() {
                    make_modal(&dialog);
                }
            });
        }
    });
    // The browser returns the focus to the opener only if the dialog is closed before it is removed.
    on_cleanup(move || {
        // One that another dialog replaced is not in the page any more.
        if let Some(Some(dialog)) = element.try_get_untracked()
            && dialog.is_connected()
        {
            dialog.close();
            let opener = OPENER.take();
            let lost = focused().is_none_or(|element| dialog.contains(Some(&element)));
            if let Some(opener) = opener.filter(|_| lost) {
                focus_in_place(&opener);
            }
        }
    });
    let on_click = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        on_close.run(());
    };
    let on_cancel = move |event: web_sys::Event| {
        event.prevent_default();
        on_close.run(());
    };
    // At the second Escape a browser closes a dialog whatever the page says: it is opened again, and asks.
    let on_closed = move |_| {
        if let Some(Some(dialog)) = element.try_get_untracked()
            && dialog.is_connected()
            && !dialog.open()
        {
            make_modal(&dialog);
            on_close.run(());
        }
    };
    view! {
        <dialog open class="dialog" class:placeholder=loading node_ref=element aria-labelledby="dialog-title" on:cancel=on_cancel on:close=on_closed>
            <header>
                <h2 id="dialog-title" tabindex="-1">{title}</h2>
                {subtitle.map(|subtitle| view! { <span class="sub">{subtitle}</span> })}
                <a class="close" href=move || close_to.try_get() aria-label="Close" data-noscroll on:click=on_click>"×"</a>
            </header>
            {children()}
        </dialog>
    }
}

/// Makes a dialog modal: the rest of the page is inert meanwhile.
fn make_modal(dialog: &HtmlDialogElement) {
    let opener = focused().filter(|element| !matches!(element.closest("dialog"), Ok(Some(_))));
    if let Some(opener) = opener.and_then(|element| element.dyn_into().ok()) {
        OPENER.set(Some(opener));
    }
    // `close` would fire the `close` event; removing the attribute does not.
    let _ = dialog.remove_attribute("open");
    let _ = dialog.show_modal();
}
