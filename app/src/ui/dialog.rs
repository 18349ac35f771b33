//! A dialog that is a route: the server renders it open, the browser makes it modal, and without script it is a page.

use leptos::task::{spawn_local, tick};
use leptos::{html, prelude::*};
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement};

use super::dom::{all, focus, focus_in_place, focused};

/// The id of a dialog's heading.
const TITLE: &str = "dialog-title";

/// After how many tasks a dialog that was created is in the page; a few more than it takes.
const TASKS_BEFORE_INSERTION: u32 = 20;

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
    open_and_close(element);
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
        <dialog open class="dialog" class:placeholder=loading node_ref=element aria-labelledby=TITLE on:cancel=on_cancel on:close=on_closed>
            <header>
                <h2 id=TITLE tabindex="-1">{title}</h2>
                {subtitle.map(|subtitle| view! { <bdi class="muted">{subtitle}</bdi> })}
                <a class="close" href=move || close_to.try_get() aria-label="Close" data-noscroll on:click=on_click>"×"</a>
            </header>
            {children()}
        </dialog>
    }
}

/// Makes the dialog modal when it is in the page, and returns the focus when it goes.
fn open_and_close(element: NodeRef<html::Dialog>) {
    Effect::new(move |_| {
        let Some(dialog) = element.get() else { return };
        if dialog.is_connected() {
            make_modal(&dialog);
        } else {
            // A fallback is created before it is inserted into the page. That is done by a task, too: before the browser handles another event, since
            // who presses Escape while one dialog takes the place of another means both.
            spawn_local(async move {
                for _ in 0..TASKS_BEFORE_INSERTION {
                    if dialog.is_connected() {
                        return make_modal(&dialog);
                    }
                    tick().await;
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
}

/// The link that closes a dialog, beside its button.
#[component]
pub fn CancelLink(
    /// The address that the dialog closes to, for use without script.
    #[prop(into)]
    close_to: Signal<String>,
    /// Closes the dialog, or asks first.
    close: Callback<()>,
) -> impl IntoView {
    let on_click = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        close.run(());
    };
    view! { <a class="button quiet" data-noscroll href=move || close_to.try_get() on:click=on_click>"Cancel"</a> }
}

/// Asks before typed text, or a secret, is lost. It stands in a dialog's footer, and the way back takes the focus. Escape is the way back, too.
#[component]
pub fn ConfirmLeave(
    /// Whether the user is being asked.
    asking: RwSignal<bool>,
    /// Leaves the dialog.
    leave: Callback<()>,
    /// Whether the dialog shows secrets that are not shown again.
    #[prop(default = false)]
    shows_secrets: bool,
) -> impl IntoView {
    let (question, leave_label, stay_label) = if shows_secrets {
        ("Close? This is shown only once.", "Close", "Keep it open")
    } else {
        ("Discard changes?", "Discard", "Keep editing")
    };
    let button = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = button.get() {
            let _ = button.focus();
        }
    });
    let stay = move || {
        asking.set(false);
        focus(TITLE);
    };
    let on_keydown = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            stay();
        }
    };
    view! {
        <div class="confirm" role="alertdialog" aria-labelledby="confirm-text" on:keydown=on_keydown>
            <p id="confirm-text">{question}</p>
            <button type="button" class="button danger" on:click=move |_| leave.run(())>{leave_label}</button>
            <button type="button" class="button primary" node_ref=button on:click=move |_| stay()>{stay_label}</button>
        </div>
    }
}

/// Makes a dialog modal: the rest of the page is inert meanwhile.
fn make_modal(dialog: &HtmlDialogElement) {
    let opener = focused().filter(|element| !matches!(element.closest("dialog"), Ok(Some(_))));
    if let Some(opener) = opener.and_then(|element| element.dyn_into().ok()) {
        OPENER.set(Some(opener));
    }
    keep_focus(dialog);
    // `close` would fire the `close` event; removing the attribute does not.
    let _ = dialog.remove_attribute("open");
    let _ = dialog.show_modal();
}

/// Lets the element in a dialog that has the focus keep it: a browser gives the focus of a modal dialog to the first element with `autofocus`.
fn keep_focus(dialog: &HtmlDialogElement) {
    let Some(focused) = focused().filter(|element| dialog.contains(Some(element))) else {
        return;
    };
    for other in all::<Element>(dialog.query_selector_all("[autofocus]")) {
        let _ = other.remove_attribute("autofocus");
    }
    let _ = focused.set_attribute("autofocus", "");
}
