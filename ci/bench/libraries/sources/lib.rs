//! Nothing: the manifest beside this file names registry crates by their C sources.
