package stablediffusion.cpu;

import org.junit.jupiter.api.Test;
import stablediffusion.model.Precision;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineProvider;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.testing.RandomNumbers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** Computes a network of several hundred short operations while other threads keep every processor busy. */
class BusyMachineTest {
    private static final int RUNS = 20;
    /**
     * With one busy thread for each processor the fair share is half, a factor of 2. Threads that spin while they wait for each other lose a time
     * slice of milliseconds at some of the operations, which makes a factor of 10 and more. The bound lies between, for other programs may run
     * too.
     */
    private static final double BOUND = 7;

    @Test
    void slowsDownByItsShareOnly() throws InterruptedException {
        EngineProvider provider = new CpuEngineProvider();
        Configuration configuration = Configuration.narrow();
        Graph graph = Unet.graph(configuration.unet(), 1, 8, 8, configuration.text().positions());
        EngineSettings settings = EngineSettings.DEFAULT.withPrecision(Precision.F32);
        Map<String, Tensor> inputs = RandomNumbers.inputs(graph);
        try (Engine engine = provider.open(provider.devices().getFirst(), settings);
                Executable executable = engine.compile(graph, RandomNumbers.weights(graph))) {
            time(executable, inputs);
            double quiet = time(executable, inputs);
            List<Thread> others = new ArrayList<>();
            for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                others.add(Thread.ofPlatform().daemon().start(BusyMachineTest::spin));
            }
            double busy;
            try {
                busy = time(executable, inputs);
            } finally {
                for (Thread other : others) {
                    other.interrupt();
                    other.join();
                }
            }
            assertTrue(busy < BOUND * quiet, "%.1f ms on a busy machine, %.1f ms on a quiet one".formatted(busy / 1e6, quiet / 1e6));
        }
    }

    private static void spin() {
        while (!Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
        }
    }

    /** Returns the time of some runs together, in nanoseconds: the delays come at irregular intervals. */
    private static double time(Executable executable, Map<String, Tensor> inputs) {
        long start = System.nanoTime();
        for (int i = 0; i < RUNS; i++) {
            executable.run(inputs);
        }
        return System.nanoTime() - start;
    }
}
