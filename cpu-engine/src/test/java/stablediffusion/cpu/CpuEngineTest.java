package stablediffusion.cpu;

import org.junit.jupiter.api.Test;
import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineProvider;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.OperationTime;
import stablediffusion.model.engine.Profiled;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.testing.MemoryWeights;
import stablediffusion.model.testing.OperationGraphs;
import stablediffusion.model.testing.RandomNumbers;
import stablediffusion.model.weights.WeightData;
import stablediffusion.model.weights.Weights;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CpuEngineTest {
    private final EngineProvider provider = new CpuEngineProvider();
    private final Device device = provider.devices().getFirst();
    private final Graph graph = OperationGraphs.linearSilu();

    @Test
    void isFoundAsAService() {
        assertTrue(ServiceLoader.load(EngineProvider.class).stream().anyMatch(found -> found.type() == CpuEngineProvider.class));
        assertEquals("cpu", device.id());
        assertFalse(device.name().isBlank());
    }

    @Test
    void saysWhatItIs() {
        try (Engine engine = provider.open(device, EngineSettings.DEFAULT.withPrecision(Precision.F32))) {
            assertEquals(Precision.F32, engine.precision());
            assertTrue(engine.description().matches("cpu: oneDNN \\d+\\.\\d+\\.\\d+, \\d+ threads?, f32"), engine.description());
        }
    }

    @Test
    void refusesF16() {
        UserException refused =
                assertThrows(UserException.class, () -> provider.open(device, EngineSettings.DEFAULT.withPrecision(Precision.F16)));
        assertEquals(List.of(Remedy.COMPUTE_IN_F32), refused.remedies());
    }

    @Test
    void missingWeightIsNamed() {
        try (Engine engine = provider.open(device, EngineSettings.DEFAULT.withPrecision(Precision.F32))) {
            Weights none = new MemoryWeights(Map.of());
            UserException missing = assertThrows(UserException.class, () -> engine.compile(graph, none));
            assertTrue(missing.getMessage().contains("fc."), missing.getMessage());
        }
    }

    @Test
    void wrongInputsAreNamed() {
        try (Engine engine = provider.open(device, EngineSettings.DEFAULT.withPrecision(Precision.F32));
                Executable executable = engine.compile(graph, RandomNumbers.weights(graph))) {
            assertThrows(IllegalArgumentException.class, () -> executable.run(Map.of()));
            Tensor wrong = new Tensor(Shape.vector(1, 3), new float[3]);
            IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> executable.run(Map.of("x", wrong)));
            assertTrue(refused.getMessage().contains("input x"), refused.getMessage());
        }
    }

    @Test
    void aClosedExecutableSaysSo() {
        try (Engine engine = provider.open(device, EngineSettings.DEFAULT.withPrecision(Precision.F32))) {
            Executable executable = engine.compile(graph, RandomNumbers.weights(graph));
            executable.close();
            executable.close();
            assertThrows(IllegalStateException.class, () -> executable.run(RandomNumbers.inputs(graph)));
        }
    }

    @Test
    void fp16WeightsAreWidened() {
        Weights floats = RandomNumbers.weights(graph);
        Weights fp16 = (weight, arena) -> fp16(floats, weight, arena);
        Weights rounded = (weight, arena) -> {
            float[] values = fp16(floats, weight, arena).toFloats();
            return new WeightData(Precision.F32, MemorySegment.ofArray(values));
        };
        assertArrayEquals(run(rounded), run(fp16));
    }

    private static WeightData fp16(Weights weights, Weight weight, Arena arena) {
        float[] values = weights.read(weight, arena).toFloats();
        MemorySegment memory = arena.allocate(2L * values.length);
        for (int i = 0; i < values.length; i++) {
            memory.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(values[i]));
        }
        return new WeightData(Precision.F16, memory);
    }

    private float[] run(Weights weights) {
        try (Engine engine = provider.open(device, EngineSettings.DEFAULT.withPrecision(Precision.F32));
                Executable executable = engine.compile(graph, weights)) {
            return executable.run(RandomNumbers.inputs(graph)).values();
        }
    }

    @Test
    void profileHasEveryOperation() {
        try (Engine engine = provider.open(device, EngineSettings.DEFAULT.withPrecision(Precision.F32));
                Executable executable = engine.compile(graph, RandomNumbers.weights(graph))) {
            List<OperationTime> times = ((Profiled) executable).profile(RandomNumbers.inputs(graph)).operations();
            // The activation is in the product.
            assertEquals(1, times.size());
            assertTrue(times.getFirst().operation() instanceof Operation.Linear);
            assertTrue(times.getFirst().nanoseconds() > 0);
        }
    }
}
