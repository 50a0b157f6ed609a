package stablediffusion.bench;

import stablediffusion.model.pipeline.Request;
import stablediffusion.model.random.Rng;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.model.text.PromptStyle;

import java.util.Optional;

/** A picture to measure by; what is not said here is as {@code sd generate} has it. */
public record PictureRequest(String prompt, int steps, float guidanceScale, long seed) {
    Request at(int width, int height) {
        return new Request(
                prompt,
                "",
                PromptStyle.MARKED,
                width,
                height,
                Samplers.find(Samplers.DEFAULT).create(),
                Schedule.DISCRETE,
                steps,
                guidanceScale,
                seed,
                Rng.CPU,
                0,
                Optional.empty());
    }
}
