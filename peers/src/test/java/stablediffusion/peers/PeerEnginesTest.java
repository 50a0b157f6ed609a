package stablediffusion.peers;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Executable;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Graph;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.testing.MemoryWeights;
import stablediffusion.model.testing.OperationGraphs;
import stablediffusion.model.testing.RandomNumbers;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PeerEnginesTest {
    private final Graph graph = OperationGraphs.linearSilu();

    @Test
    void standBehindTheCpu() {
        assertEquals(List.of("cpu", "onnxruntime", "pytorch"), Engines.devices().stream().map(Device::id).toList());
        try (Engine engine = Engines.open(Engines.AUTO, EngineSettings.DEFAULT)) {
            assertTrue(engine.description().startsWith("cpu:"), engine.description());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch", "onnxruntime"})
    void sayWhatTheyAre(String backend) {
        try (Engine engine = Engines.open(backend, EngineSettings.DEFAULT.withThreads(1))) {
            assertTrue(engine.description().endsWith(", 1 thread, f32"), engine.description());
        }
        try (Engine engine = Engines.open(backend, EngineSettings.DEFAULT)) {
            assertEquals(Precision.F32, engine.precision());
            String pattern = backend + ": (PyTorch|ONNX Runtime) \\d+\\.\\d+\\.\\d+, \\d+ threads?, f32";
            assertTrue(engine.description().matches(pattern), engine.description());
            assertTrue(engine.memory(graph).weights() >= Float.BYTES * (64 * 48 + 48));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "pytorch, F16, backend pytorch computes in f32 and bf16 only",
        "onnxruntime, F16, 'backend onnxruntime computes in f32 only: ONNX Runtime has no convolutions in bf16 on the processor'",
        "onnxruntime, BF16, 'backend onnxruntime computes in f32 only: ONNX Runtime has no convolutions in bf16 on the processor'"
    })
    void refuseOtherPrecisions(String backend, Precision precision, String message) {
        UserException refused =
                assertThrows(UserException.class, () -> Engines.open(backend, EngineSettings.DEFAULT.withPrecision(precision)));
        assertEquals(message, refused.getMessage());
        assertEquals(List.of(Remedy.COMPUTE_IN_F32), refused.remedies());
    }

    @Test
    void pyTorchHoldsHalfAsMuchInBf16() {
        try (Engine single = Engines.open("pytorch", EngineSettings.DEFAULT);
                Engine half = Engines.open("pytorch", EngineSettings.DEFAULT.withPrecision(Precision.BF16))) {
            assertEquals(Precision.BF16, half.precision());
            assertTrue(half.description().endsWith(", bf16"), half.description());
            assertEquals(single.memory(graph).weights(), 2 * half.memory(graph).weights());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch", "onnxruntime"})
    void nameWhatIsMissing(String backend) {
        try (Engine engine = Engines.open(backend, EngineSettings.DEFAULT)) {
            UserException missing = assertThrows(UserException.class, () -> engine.compile(graph, new MemoryWeights(Map.of())));
            assertTrue(missing.getMessage().contains("fc."), missing.getMessage());
            try (Executable executable = engine.compile(graph, RandomNumbers.weights(graph))) {
                assertThrows(IllegalArgumentException.class, () -> executable.run(Map.of()));
                Tensor wrong = new Tensor(Shape.vector(1, 3), new float[3]);
                var refused = assertThrows(IllegalArgumentException.class, () -> executable.run(Map.of("x", wrong)));
                assertTrue(refused.getMessage().contains("input x"), refused.getMessage());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch", "onnxruntime"})
    void aClosedExecutableSaysSo(String backend) {
        try (Engine engine = Engines.open(backend, EngineSettings.DEFAULT)) {
            Executable executable = engine.compile(graph, RandomNumbers.weights(graph));
            executable.close();
            executable.close();
            assertThrows(IllegalStateException.class, () -> executable.run(RandomNumbers.inputs(graph)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch", "onnxruntime"})
    void takeGraphsAsTheyAreBuilt(String backend) {
        Graph fused = Fusion.apply(graph, EnumSet.allOf(Fusion.Rule.class));
        try (Engine engine = Engines.open(backend, EngineSettings.DEFAULT)) {
            assertThrows(IllegalArgumentException.class, () -> engine.compile(fused, RandomNumbers.weights(fused)));
        }
    }
}
