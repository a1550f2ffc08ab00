//! Object stores by their address: S3 and what speaks its language, a folder, and memory for tests.

use object_store::path::Path;
use object_store::{Error as Cause, ObjectStore, ObjectStoreExt, PutMode, PutPayload, parse_url_opts};
use tokio::runtime::{Builder, Runtime};
use url::Url;

use super::objects::Objects;
use crate::error::{Error, Errors, Kind, Result};

/// A folder of an object store.
pub struct ObjectFolder {
    store: Box<dyn ObjectStore>,
    folder: Path,
    address: String,
    runtime: Runtime,
}

impl ObjectFolder {
    /// The folder at an address: `s3://bucket/folder`, `file:///folder` or `memory:///`. What S3 needs besides is read from
    /// the environment in the usual names: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT and so on.
    ///
    /// # Errors
    /// An address of another kind; settings in the environment that cannot be used.
    pub fn at(address: &str) -> Result<ObjectFolder> {
        let refused = |what: String| {
            let cure = "give s3://BUCKET/FOLDER or file:///FOLDER, and the key of an S3 store in the environment";
            Error::data(what, cure).in_file("--objects", None)
        };
        let url = Url::parse(address).map_err(|cause| refused(format!("`{address}` is no address: {cause}")))?;
        let settings = std::env::vars_os().filter_map(|(key, value)| {
            let (key, value) = (key.into_string().ok()?, value.into_string().ok()?);
            key.starts_with("AWS_").then(|| (key.to_ascii_lowercase(), value))
        });
        let (store, folder) = parse_url_opts(&url, settings).map_err(|cause| refused(said(&cause)))?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|cause| Error::io("--objects", &cause))?;
        Ok(ObjectFolder { store, folder, address: address.into(), runtime })
    }

    fn path(&self, name: &str) -> Path {
        name.split('/').fold(self.folder.clone(), |path, part| path.join(part))
    }

    fn fault(&self, name: &str, cause: &Cause) -> Errors {
        let place = format!("{}/{name}", self.address.trim_end_matches('/'));
        let kind = if matches!(cause, Cause::NotFound { .. }) { Kind::Missing } else { Kind::Io };
        let cure = "run the same command again when the object store can be used; what is stored here is kept";
        Error::new(kind, said(cause), cure).in_file(place, None).into()
    }
}

impl Objects for ObjectFolder {
    fn list(&self, folder: &str) -> Result<Vec<String>> {
        let found = self.runtime.block_on(self.store.list_with_delimiter(Some(&self.path(folder))));
        let found = found.map_err(|cause| self.fault(folder, &cause))?;
        let names = found.objects.iter().filter_map(|object| Some(format!("{folder}/{}", object.location.filename()?)));
        Ok(names.collect())
    }

    fn get(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.path(name);
        let bytes = self.runtime.block_on(async { self.store.get(&path).await?.bytes().await });
        bytes.map(Vec::from).map_err(|cause| self.fault(name, &cause))
    }

    fn put_if_absent(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        let (path, payload) = (self.path(name), PutPayload::from(bytes));
        match self.runtime.block_on(self.store.put_opts(&path, payload, PutMode::Create.into())) {
            // The name is the hash of the content, so what is there is the same.
            Ok(_) | Err(Cause::AlreadyExists { .. }) => Ok(()),
            Err(cause) => Err(self.fault(name, &cause)),
        }
    }
}

/// A cause with the causes behind it, in one line.
fn said(cause: &Cause) -> String {
    let mut text = cause.to_string();
    let mut inner = std::error::Error::source(cause);
    while let Some(cause) = inner {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        inner = cause.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_once_and_whole(folder: &ObjectFolder) {
        let put = |name, text: &str| folder.put_if_absent(name, text.into()).unwrap_or_else(|fault| panic!("{fault}"));
        let list = |of| folder.list(of).unwrap_or_else(|fault| panic!("{fault}"));
        assert!(list("plan/0001").is_empty(), "a folder that is not there has no objects");
        put("plan/0001/a.pack", "first");
        put("plan/0001/a.pack", "second");
        put("plan/0002/b.pack", "other");
        assert_eq!(list("plan/0001"), ["plan/0001/a.pack"]);
        assert_eq!(folder.get("plan/0001/a.pack").ok().as_deref(), Some(&b"first"[..]), "an object is not replaced");
        let missing = folder.get("plan/0003/c.pack").expect_err("no such object").to_string();
        assert!(missing.contains("plan/0003/c.pack"), "{missing}");
    }

    #[test]
    fn an_object_in_memory_or_in_a_folder_is_written_once() {
        let place = tempfile::tempdir().expect("a folder");
        for address in ["memory:///runs", &format!("file://{}/runs", place.path().display())] {
            is_once_and_whole(&ObjectFolder::at(address).unwrap_or_else(|fault| panic!("{address}: {fault}")));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for address in ["runs", "gs://bucket/runs", "http://localhost/runs"] {
            let Err(fault) = ObjectFolder::at(address) else { panic!("{address} is taken") };
            assert!(fault.to_string().contains("give s3://BUCKET/FOLDER"), "{fault}");
        }
    }
}
