package stablediffusion.cli.options;

import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

import java.util.Map;
import java.util.Stack;

/**
 * Options by the names that they have in the original scripts (txt2img.py, img2img.py) and in stable-diffusion.cpp, so that command lines
 * written for those run here too. Help does not list them.
 */
public final class OriginalNames implements IParameterPreprocessor {
    private static final String END_OF_OPTIONS = "--";

    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("--ddim_steps", "--steps"),
            Map.entry("--ddim_eta", "--eta"),
            Map.entry("--plms", "--sampler=plms"),
            Map.entry("--dpm_solver", "--sampler=dpm++2m"),
            Map.entry("--scale", "--cfg-scale"),
            Map.entry("--cfg", "--cfg-scale"),
            Map.entry("--n_samples", "--batch-count"),
            Map.entry("--H", "--height"),
            Map.entry("--W", "--width"),
            Map.entry("--ckpt", "--model"),
            Map.entry("--from-file", "--prompts-file"),
            Map.entry("--sampling-method", "--sampler"),
            Map.entry("--scheduler", "--schedule"),
            Map.entry("--init-image", "--init-img"),
            Map.entry("--lora-model-dir", "--lora-dir"),
            Map.entry("--embd-dir", "--embedding-dir"));

    @Override
    public boolean preprocess(Stack<String> arguments, CommandSpec command, ArgSpec argument, Map<String, Object> info) {
        // The next argument is on top, which is the end of the list.
        for (int i = arguments.size() - 1; i >= 0 && !arguments.get(i).equals(END_OF_OPTIONS); i--) {
            arguments.set(i, translated(arguments.get(i)));
        }
        return false;
    }

    private static String translated(String argument) {
        int end = argument.indexOf('=');
        String name = end < 0 ? argument : argument.substring(0, end);
        return NAMES.getOrDefault(name, name) + (end < 0 ? "" : argument.substring(end));
    }
}
