//! A run that is complete.

use keten::analysis::acting_by_grade;
use keten::engine::Scope;
use keten::error::{Error, Result};
use keten::experiment::Reading;
use keten::report::{self, Language, ReportRequest};
use keten::store::{self, Run};
use keten::study;
use pyo3::prelude::*;

use crate::batch::Batch;
use crate::errors::raised;
use crate::workers::on_threads;
use crate::{comparison, economics, effects, targets, transmission};

/// A run folder.
#[pyclass(frozen, module = "keten._keten")]
pub(crate) struct Results {
    results: study::Results,
}

impl Results {
    pub(crate) fn of(results: study::Results) -> Results {
        Results { results }
    }

    fn run(&self) -> &Run {
        self.results.run()
    }

    /// A table that a function makes from the run, while the interpreter is released.
    fn table_of(
        &self,
        py: Python<'_>,
        make: impl FnOnce(&study::Results) -> Result<arrow_array::RecordBatch> + Send,
    ) -> PyResult<Batch> {
        py.detach(|| on_threads(|| make(&self.results))).map(Batch::new).map_err(|errors| raised(py, errors))
    }
}

/// The processes of the run's model in the order of its month; empty if this version cannot read the model.
fn order(run: &Run) -> Vec<String> {
    let names = || -> Result<Vec<String>> {
        let experiment = Reading::recorded(&run.manifest, &run.folder().display().to_string())?;
        Ok(experiment.model.steps(&Scope::default())?.iter().map(|step| step.name.to_owned()).collect())
    };
    names().unwrap_or_default()
}

fn language(word: &str) -> Result<Language> {
    Language::ALL.into_iter().find(|language| language.word() == word).ok_or_else(|| {
        let what = format!("no language `{}`", word.escape_debug());
        Error::data(what, "write \"nl\" or \"en\"").in_file("lang", None).into()
    })
}

#[pymethods]
impl Results {
    /// Opens a run folder.
    #[staticmethod]
    fn open(py: Python<'_>, folder: &str) -> PyResult<Results> {
        py.detach(|| study::Results::open(folder)).map(Results::of).map_err(|errors| raised(py, errors))
    }

    /// The run folder.
    #[getter]
    fn folder(&self) -> String {
        self.results.folder().display().to_string()
    }

    /// The hash of the contents of all tables.
    #[getter]
    fn contents(&self) -> String {
        self.run().manifest.contents()
    }

    /// Title of the experiment in a language.
    fn title(&self, lang: &str) -> String {
        let recorded = &self.run().recorded;
        let dutch = recorded.title_nl.as_ref().filter(|_| lang == "nl");
        dutch.unwrap_or(&recorded.title).clone()
    }

    /// Simulated persons for each real person.
    #[getter]
    fn scale(&self) -> f64 {
        self.results.scale()
    }

    /// First and last year.
    #[getter]
    fn years(&self) -> (i32, i32) {
        self.run().recorded.years()
    }

    /// The comparator.
    #[getter]
    fn comparator(&self) -> String {
        self.run().recorded.comparator.clone()
    }

    /// Names and labels of the scenarios in a language, in order.
    fn scenarios(&self, lang: &str) -> Vec<(String, Option<String>)> {
        let dutch = |name: &str| {
            let recorded = self.run().recorded.scenario(name).filter(|_| lang == "nl");
            recorded.and_then(|scenario| scenario.labels.label_nl.clone())
        };
        let all = self.run().manifest.scenarios.iter();
        all.map(|scenario| (scenario.name.clone(), dutch(&scenario.name).or_else(|| scenario.label.clone()))).collect()
    }

    /// Number of draws (0 for central values) and of replicates.
    #[getter]
    fn ensemble(&self) -> (u32, u32) {
        (self.run().recorded.draws, self.run().recorded.replicates)
    }

    /// Names of the tables.
    #[getter]
    fn tables(&self) -> Vec<String> {
        self.run().manifest.tables.keys().cloned().collect()
    }

    /// Number of parameters that can change the run, by evidence grade.
    #[getter]
    fn grades(&self) -> Vec<(String, usize)> {
        acting_by_grade(&self.run().manifest).into_iter().map(|(grade, counted)| (grade, counted.all)).collect()
    }

    /// A table of the run.
    fn table(&self, py: Python<'_>, name: &str) -> PyResult<Batch> {
        self.table_of(py, |results| results.run().table(name)?.batch())
    }

    /// Levels of the main figures under a scenario, in the first and in the last year.
    fn levels(&self, py: Python<'_>, scenario: &str) -> PyResult<Batch> {
        self.table_of(py, |results| targets::levels(results.run(), scenario))
    }

    /// Targets and margins of 2008 with the values that the run reached.
    fn targets(&self, py: Python<'_>, scenario: &str) -> PyResult<Batch> {
        self.table_of(py, |results| targets::targets(results, scenario))
    }

    /// Differences between scenarios and their comparator: of some scenarios and figures, or of the main figures.
    fn effects(
        &self,
        py: Python<'_>,
        scenarios: Option<Vec<String>>,
        figures: Option<Vec<String>>,
        main: bool,
    ) -> PyResult<Batch> {
        self.table_of(py, |results| effects::effects(results, scenarios.as_deref(), figures.as_deref(), main))
    }

    /// How violence is passed on, under a scenario.
    fn transmission(&self, py: Python<'_>, scenario: &str, windows: bool) -> PyResult<Batch> {
        self.table_of(py, |results| transmission::transmission(results, scenario, windows))
    }

    /// Costs and health of the scenarios.
    fn economics(&self, py: Python<'_>, rule: &str, perspective: &str) -> PyResult<Batch> {
        self.table_of(py, |results| economics::economics(results.run(), rule, perspective))
    }

    /// Curves over willingness to pay.
    fn acceptability(&self, py: Python<'_>, rule: &str, perspective: &str) -> PyResult<Batch> {
        self.table_of(py, |results| economics::acceptability(results.run(), rule, perspective))
    }

    /// Costs and health by draw.
    fn psa(&self, py: Python<'_>, rule: &str, perspective: &str) -> PyResult<Batch> {
        self.table_of(py, |results| economics::psa(results.run(), rule, perspective))
    }

    /// Differences from another run: of results, of inputs, and remarks.
    fn compare(&self, py: Python<'_>, other: &Results) -> PyResult<(Batch, Batch, Vec<String>)> {
        let compared = py.detach(|| on_threads(|| comparison::compare(self.run(), other.run())));
        let (outcomes, inputs, notes) = compared.map_err(|errors| raised(py, errors))?;
        Ok((Batch::new(outcomes), Batch::new(inputs), notes))
    }

    /// Writes the report in a language, about all cities together or one; returns the paths of its files, the page first.
    fn report(&self, py: Python<'_>, lang: &str, out: Option<String>, city: Option<String>) -> PyResult<Vec<String>> {
        let write = || {
            let run = self.run();
            let language = language(lang)?;
            let request = ReportRequest { language, city, out: out.map(Into::into), order: order(run) };
            let written = report::write(run, &[request])?;
            Ok(written.into_iter().flat_map(|written| written.files).map(|path| path.display().to_string()).collect())
        };
        py.detach(|| on_threads(write)).map_err(|errors| raised(py, errors))
    }

    /// Recomputes the content hash of every table.
    fn verify(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| store::Run::open(self.run().folder()).and_then(|run| run.verify()))
            .map_err(|errors| raised(py, errors))
    }
}
