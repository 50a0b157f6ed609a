package stablediffusion.tornado;

import org.junit.jupiter.api.Test;
import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.GraphBuilder;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Value;
import uk.ac.manchester.tornado.api.exceptions.TornadoBailoutRuntimeException;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;

import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Checks the messages for failures of TornadoVM. */
class FailuresTest {
    private static final KernelSet KERNELS = new CpuKernels(CpuKernels.CHOICES.usual());
    private static final Graph GRAPH = graph();
    private static final Failures FAILURES = new Failures("unet", "opencl:0", Map.of("unet0.t1", GRAPH.operations().getFirst()));

    private static Graph graph() {
        GraphBuilder net = new GraphBuilder("unet");
        Value x = net.input("x", Shape.vector(1, 4));
        return net.build(net.linear(x, "time_embed.0", 8));
    }

    private static String message(RuntimeException failure) {
        return failure(failure).getMessage();
    }

    private static UserException failure(RuntimeException cause) {
        return assertThrows(UserException.class, () -> FAILURES.explain("compile", () -> {
            throw cause;
        }));
    }

    @Test
    void aTaskThatDoesNotCompileIsNamedWithItsLayer() {
        UserException failure =
                failure(new TornadoBailoutRuntimeException("Unable to compile unet0.t1\nThe internal error is: no\nStacktrace: [a, b]"));
        String message = failure.getMessage();
        assertTrue(message.contains("layer time_embed.0 (task unet0.t1)"), message);
        assertEquals(List.of(Remedy.COMPUTE_ON_CPU), failure.remedies());
        assertEquals(1, message.lines().count());
    }

    @Test
    void coloursOfATerminalAreLeftOut() {
        String message = message(new TornadoBailoutRuntimeException("\u001B[31mUnable to compile\u001B[0m"));
        assertTrue(message.contains(" Unable to compile; try"), message);
    }

    @Test
    void tooLittleMemoryIsSaidAsSuch() {
        String message = message(new TornadoOutOfMemoryException("Unable to allocate 123 bytes"));
        assertTrue(message.contains("does not fit into the memory of opencl:0"), message);
    }

    @Test
    void bf16IsRefused() {
        String precision = "bf16";
        UserException failure =
                assertThrows(UserException.class,
                        () -> Devices.open(Devices.list().getFirst(), EngineSettings.DEFAULT.withPrecision(Precision.BF16)));
        assertTrue(failure.getMessage().contains(precision), failure.getMessage());
    }

    @Test
    void aNetworkIsMeasuredBeforeItsMemoryIsTaken() {
        Footprint footprint = Footprint.of(GRAPH, KERNELS, Precision.F16, 1 << 20);
        long weights = 2 * 4 * 8 + 4 * 8;
        long ends = 4 * 4 + 4 * 8;
        assertEquals(weights + ends + 4L * footprint.arenaSize(), footprint.total());
        assertTrue(footprint.graph().operations().getFirst() instanceof Operation.Linear);
    }

    /** No segment has more tasks than a task graph holds, or more matrix elements than an array may have. */
    @Test
    void networksAreCutToFit() {
        GraphBuilder net = new GraphBuilder("deep");
        Value x = net.input("x", Shape.vector(1, 8));
        for (int i = 0; i < 200; i++) {
            x = net.linear(x, "layer" + i, 8);
        }
        Graph deep = net.build(x);
        assertTrue(GraphSegment.cut(deep.operations(), KERNELS, Integer.MAX_VALUE).stream()
                .allMatch(segment -> segment.operations().size() < TaskGraphBuilder.TASKS));
        assertTrue(GraphSegment.cut(deep.operations(), KERNELS, 64 * 10).stream().allMatch(segment -> segment.matrixSize() <= 64 * 10));
        assertEquals(200,
                GraphSegment.cut(deep.operations(), KERNELS, 64 * 10).stream().mapToInt(segment -> segment.operations().size()).sum());
    }
}
