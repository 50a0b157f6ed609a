package stablediffusion.bench;

import stablediffusion.model.pipeline.Request;
import stablediffusion.model.random.TorchDevice;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Spacing;
import stablediffusion.model.text.PromptStyle;

import java.util.Optional;

/** Describes the picture of a benchmark; all other settings are the usual ones of text to image. */
public record PictureRequest(String prompt, int steps, float guidanceScale, long seed) {
    Request at(int width, int height) {
        return new Request(
                prompt,
                "",
                PromptStyle.MARKED,
                width,
                height,
                Samplers.byName(Samplers.DEFAULT),
                Spacing.DISCRETE,
                steps,
                guidanceScale,
                seed,
                TorchDevice.CPU,
                0,
                Optional.empty());
    }
}
