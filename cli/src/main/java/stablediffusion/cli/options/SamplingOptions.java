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
    @Option(names = "--steps", paramLabel = "N", defaultValue = "" + GenerationRequest.DEFAULT_STEPS,
            description = "Number of denoising steps. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
            names = "--cfg-scale",
            paramLabel = "X",
            description = "Guidance scale (classifier-free guidance): higher values follow the prompt more strictly. 1 turns guidance off, which takes "
                    + "half the time. "
                    + "Default: " + GenerationRequest.DEFAULT_GUIDANCE_SCALE + ", unless the model names its own.")
    private Optional<Float> guidanceScale = Optional.empty();

    @Option(
            names = "--sampler",
            paramLabel = "NAME",
            completionCandidates = SamplerNames.class,
            description = "Sampler: ${COMPLETION-CANDIDATES}. dpm++2m and unipc need only 20 steps. Default: "
                    + GenerationRequest.DEFAULT_SAMPLER + ", unless the model names its own.")
    private Optional<String> sampler = Optional.empty();

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            completionCandidates = ScheduleNames.class,
            description = "Spacing of the noise levels: ${COMPLETION-CANDIDATES}. ddim, plms and lcm have a schedule of their own. "
                    + "Default: discrete.")
    private Optional<String> schedule = Optional.empty();

    @Option(
            names = "--eta",
            paramLabel = "X",
            description = "Amount of fresh noise in each step, from 0 to 1, for samplers that add noise. Default: 0 for ddim, 1 for the others.")
    private Optional<Double> eta = Optional.empty();

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            description = "Seed of the noise: the same seed gives the same image. Default, and if negative: a random seed, which is printed.")
    private Optional<Long> seed = Optional.empty();

    @Option(
            names = "--rng",
            paramLabel = "cpu|cuda",
            defaultValue = "cpu",
            description = "Random number generator: PyTorch's on a CPU, or PyTorch's on an NVIDIA GPU, which the original scripts use. "
                    + "Default: ${DEFAULT-VALUE}.")
    private Rng rng;

    /** Lists the samplers for help and completion. */
    static final class SamplerNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Samplers.names().iterator();
        }
    }

    /** Lists the schedules for help and completion. */
    static final class ScheduleNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(Schedule.values()).map(Schedule::label).iterator();
        }
    }

    public void apply(GenerationRequest.Builder request) {
        // The web UI once had the schedule as the last word of the sampler, and stable-diffusion.cpp writes it so.
        Optional<Samplers.Scheduled> named = sampler.map(Samplers::findScheduled);
        named.ifPresent(found -> request.sampler(found.type().name()));
        schedule.map(Schedule::parse).or(() -> named.flatMap(Samplers.Scheduled::schedule)).ifPresent(request::schedule);
        guidanceScale.ifPresent(request::guidanceScale);
        request.steps(steps).rng(rng);
        eta.ifPresent(request::eta);
        seed.ifPresent(request::seed);
    }
}
