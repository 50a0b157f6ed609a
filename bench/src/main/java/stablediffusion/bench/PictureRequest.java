package stablediffusion.bench;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.sampler.NoiseSchedule;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.model.text.PromptStyle;
import stablediffusion.model.weights.Manifest;

/** Describes the picture of a benchmark; all other settings are the usual ones of text to image. */
public record PictureRequest(String prompt, int steps, String sampler, float guidanceScale, long seed) {
    /** Checks the prompt and the number of steps, so that what cannot be done is found before anything is measured. */
    public PictureRequest {
        Samplers.find(sampler).create().noiseLevels(NoiseSchedule.stableDiffusion(), Schedule.DISCRETE, steps);
        if (!PromptStyle.MARKED.loras(prompt).isEmpty()) {
            throw new InvalidRequestException("models are measured as they are: leave the LoRA out of the prompt");
        }
    }

    /** Describes a picture with the settings of the original scripts. */
    public PictureRequest(String prompt, int steps, long seed) {
        this(prompt, steps, Samplers.DEFAULT, Request.DEFAULT_GUIDANCE_SCALE, seed);
    }

    /** Returns the same picture with the settings that suit a model. */
    public PictureRequest with(Manifest.Defaults defaults) {
        return new PictureRequest(prompt, steps, defaults.sampler().orElse(sampler), defaults.guidanceScale().orElse(guidanceScale), seed);
    }

    /** Returns the same picture with another sampler. */
    public PictureRequest with(String otherSampler) {
        return new PictureRequest(prompt, steps, otherSampler, guidanceScale, seed);
    }

    Request at(int width, int height) {
        return Request.builder(prompt)
                .size(width, height)
                .steps(steps)
                .sampler(Samplers.find(sampler).create())
                .guidanceScale(guidanceScale)
                .seed(seed)
                .build();
    }
}
