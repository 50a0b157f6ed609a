package stablediffusion.tests;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import stablediffusion.model.sampler.NoiseSchedule;
import stablediffusion.model.sampler.Schedule;
import tools.jackson.databind.JsonNode;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/** Compares the noise of each timestep, and the timesteps and sigmas of samplers, with the original code. */
class ScheduleGoldenTest {
    /** Relative: the reference holds some of them in single precision. */
    private static final double TOLERANCE = 1e-6;

    private final NoiseSchedule schedule = NoiseSchedule.stableDiffusion();

    @TestFactory
    Stream<DynamicTest> schedule() {
        return Goldens.files("schedule", ".json").stream()
                .flatMap(file -> Goldens.readJson(file).propertyStream())
                .flatMap(part -> part.getValue().propertyStream()
                        .map(entry -> dynamicTest(part.getKey() + " " + entry.getKey(), () -> check(part.getKey(), entry))));
    }

    private void check(String part, Map.Entry<String, JsonNode> entry) {
        int number = Integer.parseInt(entry.getKey());
        JsonNode expected = entry.getValue();
        switch (part) {
            case "alphas_cumprod" -> assertNear(expected.asDouble(), schedule.alphaCumprod(number));
            case "timesteps" ->
                    assertArrayEquals(expected.valueStream().mapToInt(JsonNode::asInt).toArray(), schedule.timesteps(number));
            default -> {
                if (!part.startsWith("sigmas_")) {
                    fail("what is " + part + "?");
                }
                double[] sigmas = Schedule.valueOf(part.substring("sigmas_".length()).toUpperCase(Locale.ROOT)).sigmas(schedule, number);
                assertEquals(expected.size(), sigmas.length);
                for (int i = 0; i < sigmas.length; i++) {
                    assertNear(expected.get(i).asDouble(), sigmas[i]);
                }
            }
        }
    }

    private static void assertNear(double expected, double actual) {
        assertEquals(expected, actual, TOLERANCE * Math.abs(expected));
    }
}
