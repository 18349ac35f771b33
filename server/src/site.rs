//! Where the files for the browser are: the program runs from any directory, so they are looked for beside it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::shell::Built;
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

/// What the build has made for the browser. The styles stand in each page: a file of them would keep a first visit waiting for one more
/// way there and back. None while somebody develops, when all of it changes.
pub fn built(options: &LeptosOptions) -> Option<Built> {
    if !options.hash_files {
        return None;
    }
    let built = read_built(options);
    if built.is_none() {
        tracing::warn!(root = %options.site_root, "the files for the browser are not those of `cargo leptos build --release --split`: pages are slower to come");
    }
    built
}

fn read_built(options: &LeptosOptions) -> Option<Built> {
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
    let read = |name: String| std::fs::read_to_string(directory.join(name)).ok();
    let output = &options.output_name;
    let parts: HashMap<String, Vec<String>> =
        serde_json::from_str(&read(format!("__wasm_split_manifest.{}.json", hash("manifest")?))?).ok()?;
    let addresses = |files: Vec<String>| files.iter().map(|file| format!("/{package}/{file}.wasm")).collect();
    let stylesheet = format!("{output}.{}.css", hash("css")?);
    let styles = read(stylesheet.clone())?;
    Some(Built {
        first_styles: without_layer(&styles, LATER).into(),
        styles: styles.into(),
        stylesheet: format!("/{package}/{stylesheet}").into(),
        script: format!("/{package}/{output}.{}.js", hash("js")?).into(),
        // Its name is hashed before that of the splitter is written into it.
        program: format!("/{package}/{output}.{}.wasm?{}", hash("wasm")?, hash("split")?).into(),
        parts: Arc::new(
            parts
                .into_iter()
                .map(|(part, files)| (part, addresses(files)))
                .collect(),
        ),
        splitter: format!("/{package}/__wasm_split.{}.js", hash("split")?).into(),
    })
}

/// The layer of the styles that only parts of the program need (`style/main.css`).
const LATER: &str = "later";

/// The styles without a layer's blocks. The build has left no comments in them, and they have no braces in texts.
fn without_layer(styles: &str, layer: &str) -> String {
    let opening = format!("@layer {layer}{{");
    let mut rest = styles;
    let mut kept = String::with_capacity(styles.len());
    while let Some((before, block)) = rest.split_once(&opening) {
        kept.push_str(before);
        let mut depth = 1;
        let end = block.find(|c| {
            depth += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            depth == 0
        });
        rest = end.map_or("", |end| &block[end + 1..]);
    }
    kept.push_str(rest);
    kept
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
    fn a_layer_is_left_out_and_nothing_else() {
        let styles = "@layer a,later;@layer a{p{x:1}}@layer later{@media print{p{x:2}}q{x:3}}@layer a{q{x:4}}@layer later{r{x:5}}";
        assert_eq!(
            without_layer(styles, "later"),
            "@layer a,later;@layer a{p{x:1}}@layer a{q{x:4}}"
        );
        assert_eq!(without_layer(styles, "b"), styles);
    }

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
