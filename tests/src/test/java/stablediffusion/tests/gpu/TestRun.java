package stablediffusion.tests.gpu;

import java.util.List;

/**
 * Holds the result of a run of JUnit tests, which ends at the first failure.
 *
 * @param passed number of tests that passed
 * @param skipped number of tests that did not apply
 * @param failures name and reason of each test that failed; several if they failed at once
 */
record TestRun(int passed, int skipped, List<String> failures) {}
