-- Small pieces of text: bars, sparklines, columns, times.
local M = {}

local eighths = { '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█' }

--- Shares as a line of small bars.
---@param shares number[] 0 to 1
---@return string
function M.sparkline(shares)
  local bars = {}
  for _, share in ipairs(shares) do
    bars[#bars + 1] = eighths[1 + math.floor(math.max(0, math.min(1, share)) * 7 + 0.5)]
  end
  return table.concat(bars)
end

---@param share number 0 to 1
---@param width integer
---@return string
function M.bar(share, width)
  local filled = math.floor(math.max(0, math.min(1, share)) * width + 0.5)
  return ('█'):rep(filled) .. ('░'):rep(width - filled)
end

--- Pads with spaces to a width in screen cells.
---@param text string
---@param width integer
---@return string
function M.pad(text, width)
  return text .. (' '):rep(width - vim.fn.strdisplaywidth(text))
end

---@param text string
---@param width integer
---@return string
function M.pad_left(text, width)
  return (' '):rep(width - vim.fn.strdisplaywidth(text)) .. text
end

---@param count integer
---@param noun string
---@return string
function M.count(count, noun)
  return ('%d %s%s'):format(count, noun, count == 1 and '' or 's')
end

---@param iso string "2026-01-31T12:00:00.000Z"
---@return integer? seconds since 1970
function M.seconds(iso)
  local year, month, day, hour, minute, second = tostring(iso):match('^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)')
  if not year then
    return nil
  end
  -- Days since 1970 of a date in the proleptic Gregorian calendar, with March as the first month.
  local y, m = tonumber(year), tonumber(month)
  if m <= 2 then
    y, m = y - 1, m + 12
  end
  local days = 365 * y + math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400)
  days = days + math.floor((153 * (m - 3) + 2) / 5) + tonumber(day) - 1 - 719468
  return ((days * 24 + tonumber(hour)) * 60 + tonumber(minute)) * 60 + tonumber(second)
end

--- A time in the user's zone: "today 14:03", "31 Jan 14:03", "31 Jan 2025".
---@param iso string
---@return string
function M.time(iso)
  local seconds = M.seconds(iso)
  if not seconds then
    return tostring(iso)
  end
  if os.date('%Y%j', seconds) == os.date('%Y%j') then
    return 'today ' .. os.date('%H:%M', seconds)
  end
  return tostring(os.date(os.date('%Y', seconds) == os.date('%Y') and '%d %b %H:%M' or '%d %b %Y', seconds))
end

--- The day of a time in the user's zone: "Today", "Yesterday", "31 January", "31 January 2025".
---@param iso string
---@return string
function M.day(iso)
  local seconds = M.seconds(iso)
  if not seconds then
    return tostring(iso)
  end
  local now = os.time()
  local noon = os.date('*t', now)
  noon.hour = 12
  local date = os.date('%Y%j', seconds)
  if date == os.date('%Y%j', now) then
    return 'Today'
  end
  if date == os.date('%Y%j', os.time(noon) - 86400) then
    return 'Yesterday'
  end
  local format = os.date('%Y', seconds) == os.date('%Y', now) and '%d %B' or '%d %B %Y'
  return (tostring(os.date(format, seconds)):gsub('^0', ''))
end

--- The time of day in the user's zone: "14:03".
---@param iso string
---@return string
function M.clock(iso)
  local seconds = M.seconds(iso)
  return seconds and tostring(os.date('%H:%M', seconds)) or tostring(iso)
end

---@param milliseconds number
---@return string
function M.duration(milliseconds)
  if milliseconds > 0 and milliseconds < 1 then
    return ('%.1f ms'):format(milliseconds)
  end
  if milliseconds < 1000 then
    return ('%d ms'):format(math.floor(milliseconds + 0.5))
  end
  if milliseconds < 60000 then
    return ('%.1f s'):format(milliseconds / 1000)
  end
  return ('%d min %d s'):format(math.floor(milliseconds / 60000), math.floor(milliseconds / 1000) % 60)
end

--- Breaks at spaces; every line gets the indent.
---@param text string
---@param width integer
---@param indent string
---@return string[]
function M.wrap(text, width, indent)
  local lines, line = {}, ''
  for word in text:gmatch('%S+') do
    if line ~= '' and vim.fn.strdisplaywidth(indent .. line .. ' ' .. word) > width then
      lines[#lines + 1] = indent .. line
      line = word
    else
      line = line == '' and word or line .. ' ' .. word
    end
  end
  if line ~= '' then
    lines[#lines + 1] = indent .. line
  end
  return lines
end

return M
