//! Where the files for the browser are: the program runs from any directory, so they are looked for beside it.

use std::path::{Path, PathBuf};

use app::shell::Styles;
use leptos::config::{Env, LeptosOptions};

use crate::config::ServeConfig;

/// Leptos's options. Hashed names are on where the build has left their list beside the program, which is where Leptos reads it.
pub fn options(config: &ServeConfig) -> LeptosOptions {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|program| program.canonicalize().ok())
        .and_then(|program| program.parent().map(Path::to_path_buf))
        .unwrap_or_default();
    // `cargo leptos watch` says by variables where it builds to, and that pages shall reload.
    let watched = is_watched();
    let named = config
        .site_root
        .clone()
        .or_else(|| std::env::var_os("LEPTOS_SITE_ROOT").map(PathBuf::from));
    let root = named.unwrap_or_else(|| find(&beside));
    if !root.is_dir() {
        tracing::warn!(root = %root.display(), "the files for the browser are not there; name their directory with --site-root");
    }
    LeptosOptions::builder()
        .output_name("lastmile")
        .site_root(root.to_string_lossy().as_ref())
        .site_pkg_dir("pkg")
        .site_addr(config.listen)
        .hash_files(!watched && beside.join("hash.txt").is_file())
        .env(if watched { Env::DEV } else { Env::PROD })
        .build()
}

/// The styles of the site, which stand in each page: a file of them would keep a first visit waiting for one more way there and back.
/// None while somebody develops, when they change.
pub fn styles(options: &LeptosOptions) -> Option<Styles> {
    if !options.hash_files {
        return None;
    }
    let directory = Path::new(&*options.site_root).join(&*options.site_pkg_dir);
    let files = std::fs::read_dir(directory).ok()?.flatten().map(|file| file.path());
    let mut styles = files.filter(|file| file.extension().is_some_and(|extension| extension == "css"));
    match (styles.next(), styles.next()) {
        (Some(file), None) => std::fs::read_to_string(file).ok().map(|text| Styles(text.into())),
        _ => None,
    }
}

/// Whether pages reload when the source changes: `cargo leptos watch` is told from its variable, as Leptos tells it.
pub fn is_watched() -> bool {
    std::env::var_os("LEPTOS_WATCH").is_some()
}

/// `site` beside the program as it is installed, or one up as Cargo builds it (`target/release/lastmile`, `target/site`).
fn find(beside: &Path) -> PathBuf {
    let installed = beside.join("site");
    let built = beside.parent().map(|target| target.join("site"));
    match built {
        Some(built) if !installed.is_dir() && built.is_dir() => built,
        _ => installed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_of_a_build_is_one_up_and_an_installed_one_beside() {
        let target = std::env::temp_dir().join(format!("lastmile-site-{}", uuid::Uuid::now_v7()));
        let release = target.join("release");
        std::fs::create_dir_all(target.join("site")).expect("a directory");
        std::fs::create_dir_all(&release).expect("a directory");
        assert_eq!(find(&release), target.join("site"));
        std::fs::create_dir_all(release.join("site")).expect("a directory");
        assert_eq!(find(&release), release.join("site"));
        std::fs::remove_dir_all(&target).expect("removed");
    }
}
