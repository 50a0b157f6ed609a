package stablediffusion.tornado;

import org.junit.jupiter.api.Test;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.OperationTime;
import stablediffusion.model.engine.Profile;
import stablediffusion.model.engine.Profiled;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.network.ClipTextEncoder;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Unet;
import stablediffusion.model.network.Vae;
import stablediffusion.model.testing.RandomNumbers;

import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Whole networks in miniature: every kind of layer, several task graphs in a chain, skip connections across them.
 */
class NetworkTest {
    private static final Configuration SMALL = new Configuration(
            new Configuration.Text(64, 2, 200, 77),
            new Configuration.Unet(4, 32, List.of(1, 2, 2), 1, List.of(true, true, false), 64),
            new Configuration.Vae(4, 32, List.of(1, 2), 1),
            8);

    private static void check(Graph graph) {
        check(graph, RandomNumbers.inputs(graph));
    }

    /** Some fifty layers, each of which rounds what it stores by up to 2^-11 of it; rounding errors add up like a random walk. */
    private static final double HALF_TOLERANCE = 16 * 0x1p-11;

    /** Kernels alone are tested with all sets; a network takes the 32-bit set of its device, and that for tensor cores. */
    private static void check(Graph graph, Map<String, Tensor> inputs) {
        EngineTests.check(graph, inputs, RandomNumbers.weights(graph), EngineTests.engine());
        if (TensorCoreProbe.passes(EngineTests.device())) {
            EngineTests.checkTensorCores(graph, inputs, HALF_TOLERANCE, EngineTests.SEVERAL);
        }
    }

    @Test
    void textEncoder() {
        check(ClipTextEncoder.graph(SMALL.text(), 2));
    }

    @Test
    void unet() {
        check(Unet.graph(SMALL.unet(), 2, 8, 8, 77));
    }

    /** The profile counts every operation once, and its times are of this run. */
    @Test
    void profile() {
        Graph graph = Vae.encoder(SMALL.vae(), 1, 8, 8);
        Map<String, Tensor> inputs = Map.of(Vae.PIXELS, RandomNumbers.tensor(graph.input(Vae.PIXELS).shape(), 1));
        try (TornadoEngine engine = EngineTests.engine(); Executable executable = engine.compile(graph, RandomNumbers.weights(graph))) {
            Tensor before = executable.run(inputs);
            Profile profile = ((Profiled) executable).profile(inputs);
            List<OperationTime> times = profile.operations();
            assertEquals(times.size(), times.stream().map(OperationTime::operation).distinct().count());
            assertTrue(times.stream().allMatch(time -> time.nanoseconds() > 0), "an operation took no time");
            assertEquals(graph.multiplyAdds(), times.stream().mapToLong(time -> time.operation().multiplyAdds()).sum());
            assertTrue(profile.around().get(Profile.Around.COPY_IN) > 0, "bringing the input took no time");
            // TornadoVM's CUDA backend has no event for this copy, so that its time counts as the host's.
            boolean measured = !EngineTests.backend().equals("cuda");
            assertTrue(profile.around().get(Profile.Around.COPY_OUT) > 0 || !measured, "taking the output took no time");
            assertArrayEquals(before.values(), executable.run(inputs).values());
        }
    }

    @Test
    void vaeDecoder() {
        check(Vae.decoder(SMALL.vae(), 1, 4, 6));
    }

    @Test
    void vaeEncoder() {
        check(Vae.encoder(SMALL.vae(), 1, 8, 12));
    }
}
