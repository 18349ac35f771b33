//! The files that the build made for the browser. The program runs from any directory, so it looks for them beside its executable.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::document::BuildAssets;
use leptos::config::{Env, LeptosOptions};

use crate::config::ServeConfig;

/// Leptos's options. Names are hashed where the build has left their list beside the program; Leptos reads it there.
pub fn options(config: &ServeConfig) -> LeptosOptions {
    let directory = std::env::current_exe()
        .ok()
        .and_then(|program| program.canonicalize().ok())
        .and_then(|program| program.parent().map(Path::to_path_buf))
        .unwrap_or_default();
    // `cargo leptos watch` sets variables: the directory that it builds to, and that pages reload.
    let watched = is_watched();
    let configured = config
        .site_root
        .clone()
        .or_else(|| std::env::var_os("LEPTOS_SITE_ROOT").map(PathBuf::from));
    let root = configured.unwrap_or_else(|| find(&directory));
    if !root.is_dir() {
        tracing::warn!(root = %root.display(), "there are no files for the browser; name their directory with --site-root");
    }
    LeptosOptions::builder()
        .output_name("lastmile")
        .site_root(root.to_string_lossy().as_ref())
        .site_pkg_dir("pkg")
        .site_addr(config.listen)
        .hash_files(!watched && directory.join("hash.txt").is_file())
        .env(if watched { Env::DEV } else { Env::PROD })
        .build()
}

/// What the build has made for the browser; none in a debug build, whose files change.
pub fn load(options: &LeptosOptions) -> Option<BuildAssets> {
    if !options.hash_files {
        return None;
    }
    let assets = read(options);
    if assets.is_none() {
        tracing::warn!(root = %options.site_root, "the files for the browser are not those of `cargo leptos build --release --split`: pages load more slowly");
    }
    assets
}

fn read(options: &LeptosOptions) -> Option<BuildAssets> {
    let list = std::env::current_exe()
        .ok()?
        .canonicalize()
        .ok()?
        .with_file_name(&*options.hash_file);
    let list = std::fs::read_to_string(list).ok()?;
    let hash = |what: &str| {
        let mut lines = list.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(name, _)| name.trim() == what).map(|(_, hash)| hash.trim())
    };
    let package = &options.site_pkg_dir;
    let directory = Path::new(&*options.site_root).join(&**package);
    let contents = |name: String| std::fs::read_to_string(directory.join(name)).ok();
    let output = &options.output_name;
    let chunks: HashMap<String, Vec<String>> =
        serde_json::from_str(&contents(format!("__wasm_split_manifest.{}.json", hash("manifest")?))?).ok()?;
    let addresses = |files: Vec<String>| files.iter().map(|file| format!("/{package}/{file}.wasm")).collect();
    Some(BuildAssets {
        critical_styles: contents(format!("{output}.{}.css", hash("css")?))?.into(),
        script: format!("/{package}/{output}.{}.js", hash("js")?).into(),
        // The build hashes its name before it writes the chunk loader's name into it.
        wasm: format!("/{package}/{output}.{}.wasm?{}", hash("wasm")?, hash("split")?).into(),
        chunks: Arc::new(
            chunks
                .into_iter()
                .map(|(chunk, files)| (chunk, addresses(files)))
                .collect(),
        ),
        chunk_loader: format!("/{package}/__wasm_split.{}.js", hash("split")?).into(),
    })
}

/// Whether `cargo leptos watch` runs the program, and pages reload when the source changes. Leptos tells it by the same variable.
pub fn is_watched() -> bool {
    std::env::var_os("LEPTOS_WATCH").is_some()
}

/// `site` in the program's directory, as it is installed, or in the one above, as Cargo builds it (`target/release/lastmile`, `target/site`).
fn find(directory: &Path) -> PathBuf {
    let installed = directory.join("site");
    let built = directory.parent().map(|target| target.join("site"));
    match built {
        Some(built) if !installed.is_dir() && built.is_dir() => built,
        _ => installed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_beside_the_directory_of_a_build_or_beside_an_installed_binary() {
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
