//! A dialog around a small form that the browser itself sends: it closes to the page behind it.

use leptos::{ev, prelude::*};
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use super::dialog::Dialog;
use super::posted::{Posted, Returned};

/// Where the dialog closes to.
#[derive(Clone, Copy)]
struct CloseTo(&'static str);

/// The dialog.
#[component]
pub fn Panel(
    /// The heading.
    #[prop(into)]
    title: String,
    /// Where it closes to.
    close_to: &'static str,
    /// The form.
    children: Children,
) -> impl IntoView {
    // What came back is as good as typed.
    let posted = Returned::to_page();
    let typed = RwSignal::new(posted != Posted::default());
    let once = !posted.once.is_empty();
    let asking = RwSignal::new(false);
    provide_context(CloseTo(close_to));
    provide_context(Leave { typed, asking, once });
    let leave = use_leave();
    let on_close = Callback::new(move |()| {
        if typed.get_untracked() {
            asking.set(true)
        } else {
            leave()
        }
    });
    view! {
        <Dialog title close_to=close_to.to_owned() on_close>
            <div class="panel-body" on:input=move |_| typed.set(true)>{children()}</div>
            <Show when=move || asking.get()><Question/></Show>
        </Dialog>
    }
}

/// Whether something was typed, and whether the person is asked about it.
#[derive(Clone, Copy)]
struct Leave {
    typed: RwSignal<bool>,
    asking: RwSignal<bool>,
    /// Whether it shows what is not shown again.
    once: bool,
}

fn use_leave() -> impl Fn() + Clone {
    let close_to = expect_context::<CloseTo>().0;
    let navigate = use_navigate();
    let Leave { asking, once, .. } = expect_context();
    move || {
        asking.set(false);
        if once {
            // The session may have come a stage further: the page is loaded anew.
            let _ = window().location().set_href(close_to);
            return;
        }
        let options = NavigateOptions {
            scroll: false,
            ..NavigateOptions::default()
        };
        navigate(close_to, options);
    }
}

/// Asked before typed text is thrown away.
#[component]
fn Question() -> impl IntoView {
    let leave = use_leave();
    let Leave { asking, once, .. } = expect_context();
    let (question, leave_it, keep_it) = if once {
        ("Close this? It is not shown again.", "Close", "Keep it open")
    } else {
        ("Throw away what you typed?", "Throw away", "Keep editing")
    };
    let keep = NodeRef::<leptos::html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = keep.get() {
            let _ = button.focus();
        }
    });
    view! {
        <footer>
            <div class="ask" role="alertdialog" aria-labelledby="ask-text">
                <p id="ask-text">{question}</p>
                <button type="button" class="button danger" on:click=move |_| leave()>{leave_it}</button>
                <button type="button" class="button primary" node_ref=keep on:click=move |_| asking.set(false)>{keep_it}</button>
            </div>
        </footer>
    }
}

/// The way out of the dialog, beside its button.
#[component]
pub fn Cancel() -> impl IntoView {
    let close_to = expect_context::<CloseTo>().0;
    let leave = use_leave();
    let Leave { typed, asking, .. } = expect_context();
    let cancel = move |event: ev::MouseEvent| {
        event.prevent_default();
        if typed.get_untracked() {
            asking.set(true)
        } else {
            leave()
        }
    };
    view! { <a class="button quiet" data-noscroll href=close_to on:click=cancel>"Cancel"</a> }
}
