package stablediffusion.tests;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import stablediffusion.model.random.NormalGenerator;
import stablediffusion.model.random.Rng;
import stablediffusion.tests.SafetensorsFile.TensorValues;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/** Compares noise with that of {@code torch.randn}: the same seed gives the same picture only if the noise is the same. */
class NoiseGoldenTest {
    private static final Pattern NAME = Pattern.compile("seed(\\d+)_(\\d+)_[\\dx]+");

    /** Absolute: torch computes logarithm and sine in single precision, this project in double. */
    private static final float CPU_TOLERANCE = 1e-6f;
    /** Absolute: cuRAND's single-precision functions are a little less exact. */
    private static final float CUDA_TOLERANCE = 2e-6f;

    @TestFactory
    Stream<DynamicTest> noise() {
        return Goldens.files("noise", ".safetensors").stream().flatMap(file -> {
            boolean cuda = file.getFileName().toString().startsWith("noise-cuda");
            return tests(file, cuda ? Rng.CUDA : Rng.CPU, cuda ? CUDA_TOLERANCE : CPU_TOLERANCE);
        });
    }

    private static Stream<DynamicTest> tests(Path file, Rng rng, float tolerance) {
        Map<String, SortedMap<Integer, TensorValues>> calls = new HashMap<>();
        SafetensorsFile.read(file).tensors().forEach((name, tensor) -> {
            Matcher matcher = NAME.matcher(name);
            assertTrue(matcher.matches(), name + " in " + file + " does not say which noise it is");
            calls.computeIfAbsent(matcher.group(1), seed -> new TreeMap<>()).put(Integer.parseInt(matcher.group(2)), tensor);
        });
        return calls.entrySet().stream().map(entry -> dynamicTest(file.getFileName() + " seed " + entry.getKey(), () -> {
            NormalGenerator generator = rng.generator(Long.parseUnsignedLong(entry.getKey()));
            int next = 0;
            for (Map.Entry<Integer, TensorValues> call : entry.getValue().entrySet()) {
                assertTrue(call.getKey() == next++, "call " + (next - 1) + " is missing");
                float[] expected = call.getValue().values();
                assertArrayEquals(expected, generator.normal(expected.length), tolerance, "call " + call.getKey());
            }
        }));
    }
}
