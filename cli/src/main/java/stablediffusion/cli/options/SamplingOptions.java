package stablediffusion.cli.options;

import picocli.CommandLine.Option;
import stablediffusion.GenerationRequest;
import stablediffusion.model.random.Rng;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;

import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;

/** Options for the denoising. */
public final class SamplingOptions {
    @Option(names = "--steps", paramLabel = "N", defaultValue = "" + GenerationRequest.DEFAULT_STEPS, description = "Number of denoising steps. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
            names = "--cfg-scale",
            paramLabel = "X",
            defaultValue = "" + GenerationRequest.DEFAULT_GUIDANCE_SCALE,
            description = "How strictly the prompt is followed (classifier-free guidance); 1 is not at all and twice as fast. "
                    + "Default: ${DEFAULT-VALUE}.")
    private float guidanceScale;

    @Option(
            names = "--sampler",
            paramLabel = "NAME",
            defaultValue = GenerationRequest.DEFAULT_SAMPLER,
            completionCandidates = SamplerNames.class,
            description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}. dpm++2m and unipc do with 20 steps.")
    private String sampler;

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            completionCandidates = ScheduleNames.class,
            description = "How the noise levels are spaced: ${COMPLETION-CANDIDATES}. ddim, plms and lcm have a spacing of their own. "
                    + "Default: discrete.")
    private Optional<String> schedule = Optional.empty();

    @Option(
            names = "--eta",
            paramLabel = "X",
            description = "Fresh noise in each step, 0 none to 1, for the samplers that add it. Default: 0 for ddim, else 1.")
    private Optional<Double> eta = Optional.empty();

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
    private Rng rng;

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

    public void apply(GenerationRequest.Builder request) {
        request.sampler(sampler).steps(steps).guidanceScale(guidanceScale).rng(rng);
        schedule.map(Schedule::parse).ifPresent(request::schedule);
        eta.ifPresent(request::eta);
        seed.ifPresent(request::seed);
    }
}
