package stablediffusion.tests;

import stablediffusion.model.network.Configuration;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.text.PromptStyle;

import java.util.List;

/** Lists ten pictures of the bundled model, by which engines are compared. */
public final class TenPictures {
    /** Every kind of picture that the model draws. */
    public static final List<String> PROMPTS = List.of(
            "a red circle on a blue background",
            "a yellow star",
            "a small green triangle on a white background",
            "a purple heart to the left of a cyan square",
            "an orange ring above a pink diamond",
            "a black cross and a gray circle on a brown background",
            "a red sun over the ocean with an orange sky",
            "a white moon over the ocean with a blue sky",
            "green mountains under a pink sky",
            "a picture of a white house with a red roof");

    private static final int STEPS = 20;
    /** What the model's README calls good. */
    private static final float GUIDANCE_SCALE = 5;

    private TenPictures() {}

    /** Returns the request of a picture in the model's own size. */
    public static Request request(Configuration model, String prompt) {
        return Request.builder(prompt)
                .promptStyle(PromptStyle.LITERAL)
                .size(model.nativeSize(), model.nativeSize())
                .sampler(Samplers.find("plms").create())
                .steps(STEPS)
                .guidanceScale(GUIDANCE_SCALE)
                .seed(42)
                .build();
    }
}
