//! A dialog that is a route: rendered open by the server, a page without script, made modal by the browser.

use leptos::{html, prelude::*};
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};

use super::dom::{focus_in_place, focused};

thread_local! {
    /// What had the focus before the dialog. Where one has taken another's place, the browser no longer knows it.
    static OPENER: Cell<Option<HtmlElement>> = const { Cell::new(None) };
}

/// A dialog. It is asked to close by Escape, by its `×` and by whoever runs `on_close`; the owner decides.
#[component]
pub fn Dialog(
    /// The heading.
    #[prop(into)]
    title: String,
    /// Beside the heading, quieter.
    #[prop(default = None, into)]
    aside: Option<String>,
    /// Where the dialog closes to, without script.
    #[prop(into)]
    close_to: Signal<String>,
    /// The person wants to leave. The dialog stays until its route is left.
    #[prop(into)]
    on_close: Callback<()>,
    /// It stands in for one that is on its way: shown only to whoever waits long enough to wonder.
    #[prop(default = false)]
    waiting: bool,
    /// What stands in it.
    children: Children,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = element.get() else { return };
        if dialog.is_connected() {
            make_modal(&dialog);
        } else {
            // What stands in for something is made before it is put into the page.
            request_animation_frame(move || {
                if dialog.is_connected() {
                    make_modal(&dialog);
                }
            });
        }
    });
    // The browser gives the focus back to where it was, if the dialog is closed before it is taken away.
    on_cleanup(move || {
        // One whose place was taken is not in the page.
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
    let leave = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        on_close.run(());
    };
    let escape = move |event: web_sys::Event| {
        event.prevent_default();
        on_close.run(());
    };
    // A browser closes a dialog at the second Escape whatever the page says: then it is opened again, and asks.
    let closed = move |_| {
        if let Some(Some(dialog)) = element.try_get_untracked()
            && dialog.is_connected()
            && !dialog.open()
        {
            make_modal(&dialog);
            on_close.run(());
        }
    };
    view! {
        <dialog open class="dialog" class:waiting=waiting node_ref=element aria-labelledby="dialog-title" on:cancel=escape on:close=closed>
            <header>
                <h2 id="dialog-title" tabindex="-1">{title}</h2>
                {aside.map(|aside| view! { <span class="sub">{aside}</span> })}
                <a class="close" href=move || close_to.try_get() aria-label="Close" data-noscroll on:click=leave>"×"</a>
            </header>
            {children()}
        </dialog>
    }
}

/// Opens a dialog above the page, whose rest cannot be reached meanwhile.
fn make_modal(dialog: &HtmlDialogElement) {
    let opener = focused().filter(|element| !matches!(element.closest("dialog"), Ok(Some(_))));
    if let Some(opener) = opener.and_then(|element| element.dyn_into().ok()) {
        OPENER.set(Some(opener));
    }
    // `close` would tell us that it was closed; taking the attribute away does not.
    let _ = dialog.remove_attribute("open");
    let _ = dialog.show_modal();
}
