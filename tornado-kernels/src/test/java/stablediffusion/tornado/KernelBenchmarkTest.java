package stablediffusion.tornado;

import org.junit.jupiter.api.Test;
import stablediffusion.model.benchmark.KernelBenchmark;
import stablediffusion.model.benchmark.KernelTime;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Vae;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KernelBenchmarkTest {
    private static final Graph GRAPH = Vae.encoder(new Configuration.Vae(4, 32, List.of(1, 1), 1), 1, 4, 4);

    @Test
    void everyOperationIsCountedUnderOneKind() {
        List<KernelTime> told = new ArrayList<>();
        try (TornadoEngine engine = EngineTests.engine()) {
            List<KernelTime> times = new KernelBenchmark(engine, 3).measure(GRAPH, "", told::add);
            assertEquals(times, told);
            assertEquals(GRAPH.operations().size(), times.stream().mapToInt(KernelTime::count).sum());
            assertEquals(2.0 * GRAPH.multiplyAdds(), times.stream().mapToDouble(time -> time.count() * time.operations()).sum());
            assertTrue(times.stream().allMatch(time -> time.seconds() > 0 && time.bytes() > 0 && time.spread() >= 0));
        }
    }

    @Test
    void filter() {
        try (TornadoEngine engine = EngineTests.engine()) {
            List<KernelTime> times = new KernelBenchmark(engine, 1).measure(GRAPH, "group norm", time -> {});
            assertTrue(!times.isEmpty() && times.stream().allMatch(time -> time.kernel().equals("group norm")));
        }
    }
}
