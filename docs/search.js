/* How the search ranks pages: those with more of the query's words in the title come first, evidence comes last. */
var Scorer = {
  objNameMatch: 11, objPartialMatch: 6, objPrio: { 0: 15, 1: 5, 2: -5 }, objPrioDefault: 0,
  title: 15, partialTitle: 7, term: 5, partialTerm: 2,
  score: ([docname, title, , , score, , kind]) => {
    const stemmer = new Stemmer();
    const stems = (text) => splitQuery(text.toLowerCase()).filter((word) => !stopwords.has(word)).map((word) => stemmer.stemWord(word));
    const asked = stems(new URLSearchParams(location.search).get("q") ?? "");
    const titled = new Set(stems(title));
    const shared = asked.filter((word) => titled.has(word)).length / Math.max(asked.length, 1);
    const evidence = /^(advisories|properties|servers-and-caches|benchmarks|load-and-mutation|suites|releasing|design|coverage|mdn)$/.test(docname);
    return score + 10 * shared + (kind === "title" ? 5 : 0) - (evidence ? 10 : 0);
  },
};
