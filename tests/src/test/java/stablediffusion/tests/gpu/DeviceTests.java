package stablediffusion.tests.gpu;

import org.junit.platform.engine.CancellationToken;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherExecutionRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import stablediffusion.bench.Json;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Runs JUnit tests without Maven and stops at the first failure. */
final class DeviceTests {
    private DeviceTests() {}

    /** Arguments: file to write, then tests as JUnit's selectors write them, such as package:NAME. Exit code 1: a test failed, or none ran. */
    public static void main(String... arguments) {
        TestRun run = run(DiscoverySelectors.parseAll(Arrays.copyOfRange(arguments, 1, arguments.length)).toList());
        Json.write(Json.pretty(run), Path.of(arguments[0]));
        run.failures().forEach(System.out::println);
        // Not every library's threads end by themselves.
        System.exit(run.failures().isEmpty() && run.passed() > 0 ? 0 : 1);
    }

    static TestRun run(List<? extends DiscoverySelector> tests) {
        CancellationToken stop = CancellationToken.create();
        Results results = new Results(stop);
        LauncherFactory.create().execute(LauncherExecutionRequestBuilder
                .request(LauncherDiscoveryRequestBuilder.request().selectors(tests).build())
                .cancellationToken(stop)
                .listeners(results)
                .build());
        return new TestRun(results.passed, results.skipped, List.copyOf(results.failures));
    }

    private static final class Results implements TestExecutionListener {
        private final CancellationToken stop;
        private final List<String> failures = new ArrayList<>();
        private int passed;
        private int skipped;

        Results(CancellationToken stop) {
            this.stop = stop;
        }

        /** Names the test before it runs: if it never ends, the output's last line says which one it was. */
        @Override
        public void executionStarted(TestIdentifier test) {
            if (test.isTest()) {
                System.out.println(name(test) + " …");
            }
        }

        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            if (!stop.isCancellationRequested()) {
                skipped++;
            }
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            switch (result.getStatus()) {
                case SUCCESSFUL -> passed += test.isTest() ? 1 : 0;
                case ABORTED -> skipped++;
                case FAILED -> {
                    failures.add(name(test) + ": " + result.getThrowable().map(Throwable::toString).orElse("no reason given"));
                    stop.cancel();
                }
            }
        }

        private static String name(TestIdentifier test) {
            Optional<TestSource> source = test.getSource();
            if (source.isPresent() && source.get() instanceof MethodSource method) {
                String simple = method.getClassName().substring(method.getClassName().lastIndexOf('.') + 1);
                return simple + "." + method.getMethodName() + " " + test.getDisplayName();
            }
            return test.getDisplayName();
        }
    }
}
