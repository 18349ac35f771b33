//! A new migration must be compiled in: `migrate!` alone does not notice one.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
