//! Addresses of the pages of signing in, which go on to another address.

/// Signing in as the user of a page that somebody else has sent, by POST.
pub const SIGN_IN_AGAIN: &str = "/sign-in/again";

/// The longest address to go on to, in bytes: as long as any address may be.
pub const LONGEST_NEXT: usize = 10 * 1024;

/// Where a page of another user sends its form, so that this user signs in and comes back to `address` with it.
pub fn sign_in_again_url(address: &str) -> String {
    with_next(SIGN_IN_AGAIN, address)
}

/// A page that goes on to an address.
pub fn with_next(page: &str, address: &str) -> String {
    let next: String = form_urlencoded::byte_serialize(address.as_bytes()).collect();
    // The whole address must not be too long either.
    if next.len() > LONGEST_NEXT * 6 / 10 {
        return page.to_owned();
    }
    format!("{page}?next={next}")
}
