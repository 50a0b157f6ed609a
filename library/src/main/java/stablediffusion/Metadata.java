package stablediffusion;

import stablediffusion.library.InitialImage;
import stablediffusion.library.SettingNames;
import stablediffusion.model.image.Parameters;
import stablediffusion.model.pipeline.MaskFill;
import stablediffusion.model.sampler.SamplerType;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Describes how an image was made, with the names and values of the AUTOMATIC1111 web UI. */
final class Metadata {
    private Metadata() {}

    /**
     * Returns the settings of an image.
     *
     * @param request with its size
     * @param model the model's name
     */
    static Parameters of(GenerationRequest request, String model) {
        Map<String, String> settings = new LinkedHashMap<>();
        SamplerType sampler = request.samplerType();
        settings.put("Steps", Integer.toString(request.steps()));
        settings.put("Sampler", sampler.webUiName());
        if (sampler.takesSchedule()) {
            settings.put("Schedule type", request.schedule().webUiName());
        }
        settings.put("CFG scale", number(request.guidanceScale()));
        settings.put("Seed", Long.toString(request.seed()));
        settings.put("Size", request.width().getAsInt() + "x" + request.height().getAsInt());
        settings.put("Model", model);
        request.initialImage().ifPresent(image -> settings.put("Denoising strength", number(image.strength())));
        request.initialImage().map(InitialImage::inpainting).ifPresent(inpainting -> {
            if (inpainting.fill() != MaskFill.ORIGINAL) {
                settings.put(SettingNames.MASK_FILL, inpainting.fill().webUiName());
            }
            inpainting.padding().ifPresent(padding -> {
                settings.put(SettingNames.INPAINT_AREA, SettingNames.ONLY_MASKED);
                settings.put(SettingNames.MASK_PADDING, Integer.toString(padding));
            });
        });
        if (request.clipSkip() > 1) {
            settings.put("Clip skip", Integer.toString(request.clipSkip()));
        }
        request.eta().ifPresent(eta -> settings.put(sampler.etaLabel(), number(eta)));
        settings.put("RNG", request.rng().webUiName());
        putFile(settings, SettingNames.INITIAL_IMAGE, request.initialImage().flatMap(InitialImage::file));
        putFile(settings, SettingNames.MASK, request.initialImage().flatMap(InitialImage::maskFile));
        if (request.literal()) {
            settings.put(SettingNames.PROMPT_STYLE, SettingNames.LITERAL);
        }
        return new Parameters(request.prompt(), request.negativePrompt(), settings);
    }

    private static void putFile(Map<String, String> settings, String name, Optional<Path> file) {
        file.ifPresent(path -> settings.put(name, path.toString()));
    }

    /** Writes 7 and 7.5, not 7.0. */
    private static String number(Number value) {
        return value.toString().replaceFirst("\\.0$", "");
    }
}
