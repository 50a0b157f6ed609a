package stablediffusion.bench;

import org.junit.jupiter.api.Test;
import stablediffusion.model.Precision;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.MemoryNeed;
import stablediffusion.model.engine.OperationTime;
import stablediffusion.model.engine.Profile;
import stablediffusion.model.engine.Profiled;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.weights.Weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TunerTest {
    private static final List<KernelCase> ALL = KernelCase.of(List.of(Part.UNET.graph(Configuration.narrow(), 64, 64)));
    private static final List<KernelCase> CASES = Tuner.mostCostly(ALL, OperationKind.LINEAR, 2);

    private final List<String> log = new ArrayList<>();
    private final Tuner tuner = new Tuner(CASES, new MeasurementProtocol(0, 1, 1, 0), log::add);

    /** An engine whose every operation takes the same time; at 0 it refuses every network. */
    private record FixedEngine(int milliseconds) implements Engine {
        private record FixedExecutable(Graph graph, int milliseconds) implements Executable, Profiled {
            @Override
            public Tensor run(Map<String, Tensor> inputs) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Profile profile(Map<String, Tensor> inputs) {
                return new Profile(List.of(new OperationTime(graph.operations().getFirst(), 1_000_000L * milliseconds)), Map.of());
            }

            @Override
            public void close() {}
        }

        @Override
        public String description() {
            return "fixed";
        }

        @Override
        public Precision precision() {
            return Precision.F32;
        }

        @Override
        public MemoryNeed memory(Graph graph) {
            return new MemoryNeed(0, 0);
        }

        @Override
        public Executable compile(Graph graph, Weights weights) {
            if (milliseconds == 0) {
                throw new UserException("no such block size");
            }
            return new FixedExecutable(graph, milliseconds);
        }

        @Override
        public void close() {}
    }

    private static double seconds(int milliseconds) {
        return CASES.stream().mapToDouble(kernel -> kernel.count() * 1e-3 * milliseconds).sum();
    }

    @Test
    void theFastestIsChosenAndFailuresAreNot() {
        Tuner.Result<Integer> found = tuner.search("linear", List.of(7, 9, 0, 3, 5), FixedEngine::new);
        assertEquals(3, found.best());
        assertEquals("7", found.entry().usual());
        assertEquals("3", found.entry().chosen());
        assertEquals(seconds(7), found.entry().usualSeconds(), 1e-9);
        assertEquals(seconds(3), found.entry().chosenSeconds(), 1e-9);
        assertTrue(log.get(2).contains("no such block size"), log.toString());
    }

    @Test
    void theDefaultStaysWhereNoneIsFaster() {
        assertEquals(3, tuner.search("linear", List.of(3, 3, 4), FixedEngine::new).best());
    }

    @Test
    void theMostCostlyShapesAreMeasured() {
        long least = CASES.stream().mapToLong(kernel -> kernel.count() * kernel.floatingPointOperations()).min().orElseThrow();
        assertEquals(2, CASES.size());
        assertEquals(2, ALL.stream()
                .filter(kernel -> kernel.kind() == OperationKind.LINEAR)
                .filter(kernel -> kernel.count() * kernel.floatingPointOperations() >= least)
                .count());
    }
}
