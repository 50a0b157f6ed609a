package stablediffusion.cpu;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineProvider;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.testing.OperationGraphs;
import stablediffusion.model.testing.RandomNumbers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Counts the threads that compute, as Linux lists them. */
class ThreadsTest {
    private static final Path TASKS = Path.of("/proc/self/task");

    private final EngineProvider provider = new CpuEngineProvider();

    @BeforeAll
    static void needsLinux() {
        assumeTrue(Files.isDirectory(TASKS), "no " + TASKS);
    }

    /** OpenMP's threads have the name of the thread that calls it first, and stay until it ends. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void computesWithTheThreadsThatWereAskedFor(int threads) throws Exception {
        String name = "caller of " + threads;
        try (ExecutorService caller = Executors.newSingleThreadExecutor(run -> new Thread(run, name))) {
            caller.submit(() -> compute(threads)).get();
            assertEquals(threads, caller.submit(() -> tasks(name)).get());
        }
    }

    private void compute(int threads) {
        Graph graph = OperationGraphs.of("convolution", new Shape(1, 64, 64, 64), (net, x) -> net.convolution(x, "conv", 64));
        EngineSettings settings = EngineSettings.DEFAULT.withPrecision(Precision.F32).withThreads(threads);
        try (Engine engine = provider.open(provider.devices().getFirst(), settings);
                Executable executable = engine.compile(graph, RandomNumbers.weights(graph))) {
            String said = threads == 1 ? ", 1 thread," : ", " + threads + " threads,";
            assertTrue(engine.description().contains(said), engine.description());
            executable.run(RandomNumbers.inputs(graph));
        }
    }

    private static long tasks(String name) {
        try (Stream<Path> tasks = Files.list(TASKS)) {
            return tasks.filter(task -> name.equals(name(task))).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(Path task) {
        try {
            return Files.readString(task.resolve("comm")).strip();
        } catch (IOException ended) {
            return "";
        }
    }
}
