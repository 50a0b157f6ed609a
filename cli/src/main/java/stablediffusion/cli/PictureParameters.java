package stablediffusion.cli;

import stablediffusion.model.image.Parameters;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.sampler.SamplerType;
import stablediffusion.model.text.PromptStyle;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What is written into a picture about how it was made: names and values as the AUTOMATIC1111 web UI spells them, so that readers of its
 * pictures understand these; and three of our own at the end, without which a picture could not be made again.
 *
 * @param model its name
 * @param source the files that the pictures start from
 */
record PictureParameters(String model, SamplingOptions sampling, Optional<SourceOptions.Original> source) {
    static final String INIT_IMAGE = "Init image";
    static final String MASK = "Mask image";
    static final String PROMPT_STYLE = "Prompt style";

    Parameters of(Request request) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("Steps", Integer.toString(request.steps()));
        SamplerType sampler = request.sampler().type();
        settings.put("Sampler", sampler.webUiName());
        if (sampler.takesSchedule()) {
            settings.put("Schedule type", request.schedule().webUiName());
        }
        settings.put("CFG scale", number(request.guidanceScale()));
        settings.put("Seed", Long.toString(request.seed()));
        settings.put("Size", request.width() + "x" + request.height());
        settings.put("Model", model);
        request.source().ifPresent(start -> settings.put("Denoising strength", number(start.strength())));
        if (request.skippedLayers() > 0) {
            settings.put("Clip skip", Integer.toString(request.skippedLayers() + 1));
        }
        sampling.eta.ifPresent(eta -> settings.put(sampler.etaLabel(), number(eta)));
        settings.put("RNG", request.rng().webUiName());
        source.ifPresent(original -> {
            settings.put(INIT_IMAGE, original.file().toString());
            original.maskFile().ifPresent(mask -> settings.put(MASK, mask.toString()));
        });
        if (request.promptStyle() == PromptStyle.LITERAL) {
            settings.put(PROMPT_STYLE, "literal");
        }
        return new Parameters(request.prompt(), request.negativePrompt(), settings);
    }

    /** For names of files. */
    Map<String, String> fields(Request request, int index) {
        return Map.of(
                "prompt", request.prompt(),
                "seed", Long.toString(request.seed()),
                "index", Integer.toString(index),
                "sampler", request.sampler().type().name(),
                "steps", Integer.toString(request.steps()),
                "cfg", number(request.guidanceScale()),
                "width", Integer.toString(request.width()),
                "height", Integer.toString(request.height()),
                "model", model);
    }

    /** 7 and 7.5, not 7.0. */
    private static String number(Number value) {
        return value.toString().replaceFirst("\\.0$", "");
    }
}
