//! The program `lastmile`: reads the command line and hands over to the server.

/// A page is made of thousands of small parts: with the system's allocator that is two fifths of its time, with this a tenth.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    server::run()
}
