package stablediffusion.cli;

import picocli.CommandLine.Option;
import stablediffusion.model.random.Rng;
import stablediffusion.model.sampler.NoiseLevels;
import stablediffusion.model.sampler.NoiseSchedule;
import stablediffusion.model.sampler.Sampler;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;

import java.util.Iterator;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** How noise becomes a picture. */
final class SamplingOptions {
    /** Seeds of the original scripts are as large; they fit a number field of any other tool. */
    private static final long LARGEST_RANDOM_SEED = 1L << 32;

    @Option(names = "--steps", paramLabel = "N", defaultValue = "50", description = "Steps of denoising. Default: ${DEFAULT-VALUE}.")
    int steps;

    @Option(
            names = "--cfg-scale",
            paramLabel = "X",
            defaultValue = "7.5",
            description = "How strictly the prompt is followed (classifier-free guidance); 1 is not at all and twice as fast. "
                    + "Default: ${DEFAULT-VALUE}.")
    float guidanceScale;

    @Option(
            names = "--sampler",
            paramLabel = "NAME",
            defaultValue = Samplers.DEFAULT,
            completionCandidates = SamplerNames.class,
            description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}. dpm++2m and unipc do with 20 steps.")
    private String sampler;

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            completionCandidates = ScheduleNames.class,
            description = "How the noise levels are spread: ${COMPLETION-CANDIDATES}. ddim, plms and lcm have one of their own. "
                    + "Default: discrete.")
    private Optional<String> schedule = Optional.empty();

    @Option(
            names = "--eta",
            paramLabel = "X",
            description = "Fresh noise in each step, 0 none to 1, for the samplers that add it. Default: 0 for ddim, else 1.")
    Optional<Double> eta = Optional.empty();

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            description = "Start of all random numbers: the same seed gives the same picture. Default, and if negative: a random one, "
                    + "which is printed.")
    private Optional<Long> seed = Optional.empty();

    @Option(
            names = "--rng",
            paramLabel = "cpu|cuda",
            defaultValue = "cpu",
            description = "Whose random numbers: those that PyTorch draws on a CPU, or on an NVIDIA GPU as the original scripts do. "
                    + "Default: ${DEFAULT-VALUE}.")
    Rng rng;

    /** For completion. */
    static final class SamplerNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Samplers.names().iterator();
        }
    }

    /** For completion. */
    static final class ScheduleNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(Schedule.values()).map(Schedule::label).iterator();
        }
    }

    Sampler sampler() {
        return Samplers.find(sampler).create(eta.map(OptionalDouble::of).orElse(OptionalDouble.empty()));
    }

    Schedule schedule() {
        return schedule.map(Schedule::parse).orElse(Schedule.DISCRETE);
    }

    /** Finds what is wrong with the options, alone and together. */
    void check(Optional<Double> strength) {
        NoiseLevels levels = sampler().noiseLevels(NoiseSchedule.stableDiffusion(), schedule(), steps);
        strength.ifPresent(levels::forStrength);
    }

    /** The seed of the first picture. */
    long firstSeed() {
        return seed.filter(value -> value >= 0).orElseGet(() -> ThreadLocalRandom.current().nextLong(LARGEST_RANDOM_SEED));
    }
}
