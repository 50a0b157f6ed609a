package stablediffusion.tests;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import stablediffusion.model.random.NormalGenerator;
import stablediffusion.model.random.Rng;
import stablediffusion.model.sampler.EpsilonModel;
import stablediffusion.model.sampler.NoiseLevels;
import stablediffusion.model.sampler.NoiseSchedule;
import stablediffusion.model.sampler.Sampler;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.SamplingContext;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.model.sampler.StepListener;
import stablediffusion.model.testing.OutputAssertions;
import stablediffusion.model.testing.SamplerCalls;
import stablediffusion.tests.SafetensorsFile.TensorValues;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

/** Compares whole runs of samplers, on a model that is a formula, with the original samplers. */
class SamplersGoldenTest {
    private static final Pattern START = Pattern.compile("x_\\d+");
    private static final Pattern NAME =
            Pattern.compile("(?<sampler>.+?)(_eta(?<eta>[\\d.]+))?(_(?<schedule>discrete|karras|exponential))?"
                    + "_(?<seed>\\d+)_(?<steps>\\d+)");
    private static final Pattern MODEL = Pattern.compile(
            "eps\\(x,t,c\\)=tanh\\(0\\.5x\\+c\\)\\(0\\.6\\+0\\.4cos\\(3t/1000\\)\\)\\+0\\.1\\(t/1000\\)x; "
                    + "c=(?<conditional>-?[\\d.]+), unconditional c=(?<unconditional>-?[\\d.]+), guidance (?<guidance>[\\d.]+);.*");

    /** Relative to the largest value: the reference runs in single precision. */
    private static final double TOLERANCE = 1e-4;

    @TestFactory
    Stream<DynamicTest> runs() {
        return Goldens.files("samplers", ".safetensors").stream().map(SafetensorsFile::read).flatMap(file -> {
            EpsilonModel model = model(file.metadata().get("model"));
            return file.tensors().keySet().stream()
                    .filter(name -> !START.matcher(name).matches())
                    .map(name -> dynamicTest(name, () -> check(file, name, model)));
        });
    }

    private static void check(SafetensorsFile file, String name, EpsilonModel model) {
        Matcher matcher = NAME.matcher(name);
        assertTrue(matcher.matches(), "what is " + name + "?");
        TensorValues start = file.tensors().get("x_" + matcher.group("seed"));
        assertNotNull(start, name + " has no x_" + matcher.group("seed"));

        String eta = matcher.group("eta");
        Sampler sampler = eta == null
                ? Samplers.find(matcher.group("sampler")).create()
                : Samplers.find(matcher.group("sampler")).create(OptionalDouble.of(Double.parseDouble(eta)));
        String schedule = matcher.group("schedule");
        NoiseSchedule noiseSchedule = NoiseSchedule.stableDiffusion();
        NoiseLevels levels = sampler.noiseLevels(
                noiseSchedule,
                schedule == null ? Schedule.DISCRETE : Schedule.valueOf(schedule.toUpperCase(Locale.ROOT)),
                Integer.parseInt(matcher.group("steps")));
        NormalGenerator noise = Rng.CPU.generator(Long.parseLong(matcher.group("seed")) + 1);
        AtomicInteger calls = new AtomicInteger();
        EpsilonModel counted = (latent, timestep) -> {
            calls.incrementAndGet();
            return model.epsilon(latent, timestep);
        };

        float[] result = sampler.sample(
                new SamplingContext(noiseSchedule, levels, counted, () -> noise.normal(start.values().length), StepListener.NONE),
                levels.start(start.values()));

        OutputAssertions.assertClose(file.tensors().get(name).values(), result, TOLERANCE, name);
        assertEquals(SamplerCalls.expected(sampler.type(), levels), calls.get(), "calls of the network");
    }

    private static EpsilonModel model(String description) {
        Matcher matcher = MODEL.matcher(String.valueOf(description));
        assertTrue(matcher.matches(), "what model is " + description + "?");
        double conditional = Double.parseDouble(matcher.group("conditional"));
        double unconditional = Double.parseDouble(matcher.group("unconditional"));
        double guidance = Double.parseDouble(matcher.group("guidance"));
        return (latent, timestep) -> {
            float[] epsilon = new float[latent.length];
            for (int i = 0; i < latent.length; i++) {
                double without = epsilon(latent[i], timestep, unconditional);
                epsilon[i] = (float) (without + guidance * (epsilon(latent[i], timestep, conditional) - without));
            }
            return epsilon;
        };
    }

    private static double epsilon(double x, double t, double c) {
        return Math.tanh(0.5 * x + c) * (0.6 + 0.4 * Math.cos(3 * t / 1000)) + 0.1 * (t / 1000) * x;
    }
}
