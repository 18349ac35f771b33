//! QR codes.

use qrcodegen::{QrCode, QrCodeEcc};

use super::error::AppError;

/// A text as a QR code, in SVG: a path of the dark squares, with the quiet zone of four that readers want around them.
///
/// # Errors
/// `Internal` where the text does not fit into a QR code.
pub fn qr_svg(text: &str, label: &str) -> Result<String, AppError> {
    const QUIET: i32 = 4;
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(AppError::internal)?;
    let side = code.size() + 2 * QUIET;
    let dark = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    let path: String = dark
        .filter(|(x, y)| code.get_module(*x, *y))
        .map(|(x, y)| format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET))
        .collect();
    Ok(format!(
        r##"<svg viewBox="0 0 {side} {side}" role="img" aria-label="{label}" shape-rendering="crispEdges"><rect width="{side}" height="{side}" fill="#fff"/><path d="{path}" fill="#000"/></svg>"##
    ))
}
