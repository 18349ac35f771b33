//! The program `lastmile`: reads the command line and hands over to the server.

fn main() -> std::process::ExitCode {
    server::run()
}
