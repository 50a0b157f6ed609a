package stablediffusion.model.pipeline;

import stablediffusion.model.text.Prompt;
import stablediffusion.model.text.PromptSchedule;
import stablediffusion.model.text.PromptStyle;
import stablediffusion.model.text.Tokenizer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Holds what the text encoder reads for a picture: the negative prompt and the prompt, or the prompt alone, in each form that they have in some
 * step.
 *
 * @param forms each of them once
 * @param ofStep index of the form that each step reads
 */
public record PromptForms(List<List<Prompt>> forms, List<Integer> ofStep) {

    /**
     * Reads prompts. As the web UI does, takes the step of index i, from 0 on, for the ith of a {@link PromptSchedule}, so that the form of the
     * first lasts for two.
     *
     * @param guidanceScale at 1 the negative prompt is not read
     * @param steps number of steps that the sampler takes
     * @throws stablediffusion.model.UserException if a prompt cannot be read
     */
    public static PromptForms of(
            PromptStyle style, String prompt, String negativePrompt, float guidanceScale, int steps, Tokenizer tokenizer) {
        List<String> read = GuidedUnet.passes(guidanceScale) == 1 ? List.of(prompt) : List.of(negativePrompt, prompt);
        List<PromptSchedule> schedules = read.stream().map(style::schedule).toList();
        Map<List<String>, Integer> forms = new LinkedHashMap<>();
        List<Integer> ofStep = IntStream.range(0, steps).mapToObj(step -> {
            List<String> texts = schedules.stream().map(schedule -> schedule.at(Math.max(step, 1), steps)).toList();
            return forms.computeIfAbsent(texts, _ -> forms.size());
        }).toList();
        return new PromptForms(
                forms.keySet().stream().map(texts -> texts.stream().map(text -> style.read(text, tokenizer)).toList()).toList(), ofStep);
    }

    /** Returns the number of chunks of the longest prompt, to which the others are filled up. */
    public int chunks() {
        return forms.stream().flatMap(List::stream).mapToInt(prompt -> prompt.chunks().size()).max().orElseThrow();
    }
}
